import { hasCode, PersonhoodError } from '../../protocol/errors.ts'

/** Restarts of a device that hangs before the kiosk goes on without it. */
export const MOST_RESTARTS = 2

/** True where the device is not there at all, by the port's own word. */
export function isCableOut(reason: unknown): boolean {
  return hasCode(reason, 'device.unplugged') || hasCode(reason, 'device.missing')
}

/** What the operator reads while a lost device is opened anew; `restarts` counts those in a row. */
export function restartingSentence(name: string, reason: unknown, restarts: number): string {
  if (isCableOut(reason)) return cableSentence(name, reason)
  const count = Math.min(restarts, MOST_RESTARTS)
  return `The ${name} is being restarted (${count} of ${MOST_RESTARTS}): ${messageOf(reason)}`
}

/** What the operator reads of a device that could not be opened. */
export function missingSentence(name: string, reason: unknown): string {
  if (isCableOut(reason)) return cableSentence(name, reason)
  return `The ${name} does not answer: ${messageOf(reason)}`
}

/** What the operator reads of a device that has been waited for long enough. */
export function outSentence(name: string, reason: unknown): string {
  if (isCableOut(reason)) return `The kiosk goes on without it. ${cableSentence(name, reason)}`
  return `The kiosk goes on without the ${name}: pull its cable, marked "${name}", and plug it in again (${messageOf(reason)})`
}

/** Each cable carries its device's name on a label (docs/wiring.md). */
function cableSentence(name: string, reason: unknown): string {
  return `Plug in the cable marked "${name}": ${messageOf(reason)}`
}

function messageOf(error: unknown): string {
  return error instanceof PersonhoodError ? error.message : 'it ended without a reason'
}
