import type { Interval } from './bootstrap.ts'

/** A rate 0..1 in per cent. */
export function percent(rate: number | null): string {
  return rate === null ? 'unknown: too few pairs' : `${(100 * rate).toFixed(2)} %`
}

/** A rate in per cent with its 95 % interval, where there is one. */
export function rateWithInterval(rate: number | null, interval: Interval): string {
  if (rate === null || interval === null) return percent(rate)
  const [low, high] = interval.map((end) => (100 * end).toFixed(2))
  return `${percent(rate)} (${low} to ${high})`
}
