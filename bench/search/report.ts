import { availableParallelism, cpus, loadavg } from 'node:os'
import type { DuplicateThresholds } from '../../protocol/duplicate-rule.ts'
import { type LatencyPoint, MILLION } from './latency.ts'

/** A figure, or null where this run did not measure it; `notes` say why. */
export type Figure = number | null

/** All figures of one run, as `bench search --json` prints them. */
export type SearchReport = {
  readonly [name: string]: string | Figure | readonly number[] | readonly string[] | object
}

/** What a latency figure at a million eyes is taken from. */
export function atMillion(
  points: readonly LatencyPoint[] | undefined,
  which: 'p50' | 'p95',
): Figure {
  const point = points?.find(({ eyes }) => eyes === MILLION)
  return point ? rounded(point[which], 1) : null
}

/** The figures at the largest size. */
export function atLast(points: readonly LatencyPoint[] | undefined, which: 'p50' | 'p95'): Figure {
  const point = points?.at(-1)
  return point ? rounded(point[which], 2) : null
}

/** What a reader must know of the machine. */
export function machineFigures(): SearchReport {
  const [minute = 0] = loadavg()
  return {
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    load_average: rounded(minute, 1),
  }
}

/** Thresholds as the keys of a report. */
export function thresholdFigures({ oneEye, bothEyes }: DuplicateThresholds): SearchReport {
  return {
    one_eye_threshold: rounded(oneEye / 1024, 3),
    both_eyes_threshold: rounded(bothEyes / 1024, 3),
  }
}

/** A number with so many decimals. */
export function rounded(figure: number, decimals: number): number {
  return Number(figure.toFixed(decimals))
}
