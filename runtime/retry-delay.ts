/** Bounds of the wait between two attempts, in milliseconds. */
export type RetryBounds = { readonly retryMinMs: number; readonly retryMaxMs: number }

/**
 * How long to wait after the n-th failed attempt in a row (from 0): evenly between the minimum and a
 * ceiling that doubles up to the maximum. The jitter is full, so that a district's kiosks do not come
 * back at once after their broker did. `random` gives 0 <= x < 1.
 */
export function retryDelayMs(attempt: number, bounds: RetryBounds, random: () => number): number {
  const { retryMinMs, retryMaxMs } = bounds
  const ceiling = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(attempt + 1, 40))
  return Math.round(retryMinMs + random() * Math.max(0, ceiling - retryMinMs))
}
