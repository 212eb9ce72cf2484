/** Shortest time over which a rate is measured: the processor's clock moves in steps. */
const LEAST_US = 15_000

/** Units a second of this process's processor time; the work is done until that can be told. */
export function rate(units: number, work: () => void): number {
  const before = process.cpuUsage()
  for (let times = 1; ; times++) {
    work()
    const { user, system } = process.cpuUsage(before)
    if (user + system >= LEAST_US) return (times * units * 1e6) / (user + system)
  }
}

/** The figure that `share` of them (0..1) do not pass. */
export function quantile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}

/** The figure in the middle. */
export function median(figures: readonly number[]): number {
  return quantile(figures, 0.5)
}
