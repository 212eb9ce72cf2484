import type { Strings } from './strings.ts'

const MINUTE_S = 60
const HOUR_S = 3600
const DAY_S = 86_400

/** A span of seconds in its largest whole unit, such as "3 minutes". */
export function spanText(strings: Strings, seconds: number): string {
  if (seconds >= 2 * DAY_S) return strings.text('span-days', { n: Math.floor(seconds / DAY_S) })
  if (seconds >= 2 * HOUR_S) return strings.text('span-hours', { n: Math.floor(seconds / HOUR_S) })
  if (seconds >= 2 * MINUTE_S) {
    return strings.text('span-minutes', { n: Math.floor(seconds / MINUTE_S) })
  }
  return strings.text('span-seconds', { n: Math.max(0, Math.floor(seconds)) })
}

/** A count of bytes in its largest decimal unit, such as "12.4 kB". */
export function bytesText(strings: Strings, bytes: number): string {
  if (bytes >= 1e6) return strings.text('size-megabytes', { n: bytes / 1e6 })
  if (bytes >= 1e3) return strings.text('size-kilobytes', { n: bytes / 1e3 })
  return strings.text('size-bytes', { n: bytes })
}

/** The day of an instant, in full, for a resident. */
export function dayText(strings: Strings, unix: number): string {
  return strings.text('moment-day', { moment: new Date(unix * 1000) })
}

/** The day and time of an instant, short, for an operator. */
export function momentText(strings: Strings, unix: number): string {
  return strings.text('moment-short', { moment: new Date(unix * 1000) })
}

/** The time of day of an instant, for an operator. */
export function timeText(strings: Strings, unix: number): string {
  return strings.text('moment-time', { moment: new Date(unix * 1000) })
}

/** A district's own name out of its dotted path: the last part, with a capital. */
export function districtName(path: string): string {
  const last = path.split('.').at(-1) ?? path
  return last.charAt(0).toLocaleUpperCase() + last.slice(1)
}
