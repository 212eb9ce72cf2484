import { median, type PupilSample } from './trace.ts'

/** A constriction of the pupil, wherever it lies in a trace. */
export type Constriction = {
  /** When it began, the head's clock, ms. */
  readonly onsetMs: number
  /** Radius lost at the least, as a share of the radius at its onset. */
  readonly amplitude: number
  /** Fastest loss of radius, shares of the radius at the onset per second. */
  readonly speedPerS: number
  /** Share of the loss regained within a second after the least radius; NaN where not seen. */
  readonly recovery: number
  /** Share 0..1 of what a straight line leaves unexplained that the constriction explains. */
  readonly explained: number
}

/** What is looked at around an onset, ms. */
const BEFORE_MS = 350
const AFTER_MS = 900
const STEP_MS = 20
/**
 * Two constrictions begin at least this far apart, ms: nearer than that, a window before or after
 * one still sees it.
 */
const APART_MS = 800
/** Least samples of a window for a fit. */
const LEAST_SAMPLES = 10
const LEAST_BEFORE = 3
const LEAST_AFTER = 5
/** A fit counts from here on; noise and slow waves explain less. */
const LEAST_EXPLAINED = 0.6
/** Time constants of closing and of opening that are tried, ms. */
const CLOSING_MS = [80, 140, 220] as const
const OPENING_MS = [600, 1500, 6000] as const

/**
 * The constrictions in a clean trace whose amplitude is at least `leastAmplitude`, in order of time.
 * At each possible onset a line with a reflex-shaped dip is fitted to the samples around it, however
 * they are spaced; the onsets where the dip explains most are kept.
 */
export function findConstrictions(
  trace: readonly PupilSample[],
  leastAmplitude: number,
): readonly Constriction[] {
  const [first, last] = [trace[0], trace[trace.length - 1]]
  if (first === undefined || last === undefined) return []
  // A window without bound would be an attack on time, not on the eye.
  const endMs = Math.min(last.atMs, first.atMs + MAX_TRACE_MS)
  const fits: Fit[] = []
  for (let onsetMs = first.atMs; onsetMs < endMs; onsetMs += STEP_MS) {
    const fit = fitAt(trace, onsetMs)
    if (fit !== undefined && fit.explained >= LEAST_EXPLAINED) fits.push(fit)
  }
  const kept: Fit[] = []
  for (const fit of fits.sort((a, b) => b.gain - a.gain)) {
    if (kept.every((other) => Math.abs(other.onsetMs - fit.onsetMs) >= APART_MS)) kept.push(fit)
  }
  return kept
    .sort((a, b) => a.onsetMs - b.onsetMs)
    .map((fit) => describe(trace, fit))
    .filter(({ amplitude }) => amplitude >= leastAmplitude)
}

/** Longest trace that is looked at, ms. */
const MAX_TRACE_MS = 20_000

type Fit = {
  readonly onsetMs: number
  readonly explained: number
  /** Squares that the dip explains. */
  readonly gain: number
  /** Depth in pixels, and the dip's time constants. */
  readonly depth: number
  readonly closingMs: number
  readonly openingMs: number
}

function fitAt(trace: readonly PupilSample[], onsetMs: number): Fit | undefined {
  const window = between(trace, onsetMs - BEFORE_MS, onsetMs + AFTER_MS)
  const before = window.filter(({ atMs }) => atMs <= onsetMs).length
  const isSeen = before >= LEAST_BEFORE && window.length - before >= LEAST_AFTER
  if (!isSeen || window.length < LEAST_SAMPLES) return undefined
  const line = residuals(
    window,
    window.map(({ radiusPx }) => radiusPx),
  )
  const whole = squares(line)
  let best: Fit | undefined
  for (const closingMs of CLOSING_MS) {
    for (const openingMs of OPENING_MS) {
      // What a line says of the dip itself is taken out, so that one division solves for the depth.
      const shape = residuals(
        window,
        window.map(({ atMs }) => -dip(atMs - onsetMs, closingMs, openingMs)),
      )
      const depth = product(shape, line) / Math.max(1e-9, squares(shape))
      const gain = depth > 0 ? depth * product(shape, line) : 0
      if (best !== undefined && gain <= best.gain) continue
      const explained = gain / Math.max(1e-9, whole)
      best = { onsetMs, explained, gain, depth, closingMs, openingMs }
    }
  }
  return best
}

/** Course of a dip `ms` after its onset: 0 before, then towards 1 and slowly back. */
function dip(ms: number, closingMs: number, openingMs: number): number {
  if (ms <= 0) return 0
  return (1 - Math.exp(-ms / closingMs)) ** 3 * Math.exp(-ms / openingMs)
}

function describe(trace: readonly PupilSample[], fit: Fit): Constriction {
  const { onsetMs, explained } = fit
  const radius = median(radii(between(trace, onsetMs - 250, onsetMs + 60)))
  const after = between(trace, onsetMs + 150, onsetMs + AFTER_MS)
  // The second least, so that one bad sample makes no reflex.
  const low = radii(after).toSorted((a, b) => a - b)[1] ?? radius
  const lowAt = after.find(({ radiusPx }) => radiusPx <= low)?.atMs ?? onsetMs
  const later = radii(between(trace, lowAt + 800, lowAt + 1200))
  const lost = radius - low
  let steepest = 0
  for (let ms = 0; ms < AFTER_MS; ms += 10) {
    const { closingMs, openingMs } = fit
    const slope = dip(ms + 10, closingMs, openingMs) - dip(ms, closingMs, openingMs)
    steepest = Math.max(steepest, slope * 100)
  }
  return {
    onsetMs,
    amplitude: lost / radius,
    speedPerS: (steepest * fit.depth) / radius,
    recovery: later.length === 0 || lost <= 0 ? Number.NaN : (median(later) - low) / lost,
    explained,
  }
}

function radii(samples: readonly PupilSample[]): number[] {
  return samples.map(({ radiusPx }) => radiusPx)
}

/** Samples from one time to another, both included. */
export function between(
  trace: readonly PupilSample[],
  fromMs: number,
  toMs: number,
): readonly PupilSample[] {
  return trace.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
}

/** What the best straight line over time leaves of some values. */
function residuals(window: readonly PupilSample[], values: readonly number[]): number[] {
  const count = window.length
  const meanMs = window.reduce((sum, { atMs }) => sum + atMs, 0) / count
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  let [slope, spread] = [0, 0]
  window.forEach(({ atMs }, i) => {
    slope += (atMs - meanMs) * ((values[i] ?? 0) - mean)
    spread += (atMs - meanMs) ** 2
  })
  const rise = spread > 0 ? slope / spread : 0
  return values.map((value, i) => value - mean - rise * ((window[i]?.atMs ?? 0) - meanMs))
}

function squares(values: readonly number[]): number {
  return product(values, values)
}

function product(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
}
