import { between, type Constriction, findConstrictions } from './constriction.ts'
import { type PadResult, padResult } from './result.ts'
import { cleanTrace, median, type PupilSample } from './trace.ts'

/** A visible flash, by the head's clock. */
export type Flash = { readonly onMs: number; readonly offMs: number }

/*
 * Windows of the reflex. They are wide on purpose: age, light, drugs and disease move a reflex, and
 * whoever falls outside goes the exception route.
 *
 * Latency: "most of the investigators agreed that the latency period of pupil contraction ranges
 * from 0.2 to 0.3 second", single reports .12 to .49 s; .238 s on average below 21 and .273 s above
 * 50 years (Feinberg and Podolak, Latency of pupillary reflex to light stimulation and its
 * relationship to aging, FAA AM 65-25, 1965). At 60 frames a second it is known to a few frames
 * only (Bergamin and Kardon, IOVS 2003;44:1546), and ours are 25 to 30 a second: two frames more.
 */
/** No reflex begins sooner after a flash, ms. */
export const LEAST_LATENCY_MS = 120
/** No reflex that counts as usual begins later, ms. */
export const MOST_LATENCY_MS = 500
/** Two latencies of one eye within seconds lie no further apart, ms: three frames of 25 a second. */
const MOST_LATENCY_SPREAD_MS = 120

/*
 * Amplitude: 43.5 % of the pupil's size for red and 53.7 % for blue light of 300 cd/m² that stays on
 * (BMC Ophthalmology 2012;12:4, table 1; independent of age once the pupil's size is accounted for).
 * A flash of a tenth of a second gives a part of that; how much less than this least share anyone
 * living shows is not known to us [chosen, no source].
 */
/** Least loss of radius that is told from slow waves of the pupil, as a share. */
export const LEAST_AMPLITUDE = 0.04
/** Least loss that counts as usual. */
export const USUAL_AMPLITUDE = 0.06
/** No iris closes by more. */
export const MOST_AMPLITUDE = 0.65
/** A constriction that began so shortly before a flash foresaw it, ms. */
const FORESEEN_MS = 500
/** Samples that a flash needs around its response and before it. */
const LEAST_AFTER = 7
const LEAST_BEFORE = 4

/** What was seen of the reflex, before anything is made of it. */
export type ReflexFinding = {
  readonly finding: 'usual' | 'unusual' | 'absent' | 'foreseen' | 'not-to-this-challenge' | 'unseen'
  readonly measures: PadResult['measures']
}

/**
 * Holds the pupil's course against the flashes. `absent` and `unusual` say nothing bad of a person;
 * `foreseen` (constriction before the light) and `not-to-this-challenge` (constrictions, but not
 * where the light was) are what a recording of another challenge shows.
 */
export function findReflex(
  samples: readonly PupilSample[],
  flashes: readonly Flash[],
): ReflexFinding {
  const trace = cleanTrace(samples)
  const seen = flashes.filter(({ onMs }) => isSeen(trace, onMs))
  const all = findConstrictions(trace, LEAST_AMPLITUDE)
  const answers = seen.map((flash) => all.find((each) => isAnswer(each, flash)))
  const answered = answers.filter((each) => each !== undefined)
  // What followed a flash that was not well seen is neither an answer nor out of place.
  const astray = all.filter((each) => !flashes.some((flash) => isAnswer(each, flash)))
  const measures = measure(seen, answers, flashes.length, astray.length)
  const latencies = answers.flatMap((each, i) =>
    each ? [each.onsetMs - (seen[i]?.onMs ?? 0)] : [],
  )
  const finding = judge(seen, answered, astray, latencies)
  return { finding, measures }
}

/** `findReflex` as a result of its own: no reflex at all is `suspect` unless other signs say alive. */
export function assessReflex(
  samples: readonly PupilSample[],
  flashes: readonly Flash[],
): PadResult {
  const { finding, measures } = findReflex(samples, flashes)
  return padResult('pupil-light-reflex', OUTCOMES[finding], `reflex-${finding}`, measures)
}

const OUTCOMES = {
  usual: 'bona-fide',
  unusual: 'exception',
  absent: 'suspect',
  foreseen: 'suspect',
  'not-to-this-challenge': 'suspect',
  unseen: 'undecided',
} as const

function judge(
  seen: readonly Flash[],
  answered: readonly Constriction[],
  astray: readonly Constriction[],
  latencies: readonly number[],
): ReflexFinding['finding'] {
  if (seen.length === 0) return 'unseen'
  if (answered.length === 0 && astray.length > 0) {
    return astray.some((each) => isForeseen(each, seen)) ? 'foreseen' : 'not-to-this-challenge'
  }
  if (answered.length === 0) return 'absent'
  if (answered.length < seen.length) {
    return astray.length > 0 ? 'not-to-this-challenge' : 'unusual'
  }
  const strongest = Math.max(0, ...astray.map(({ amplitude }) => amplitude))
  const isOwn = answered.every(({ amplitude }) => amplitude > strongest)
  // Every flash answered, and as strong a constriction without one: look again.
  if (!isOwn) return 'unseen'
  if (spreadOf(latencies) > MOST_LATENCY_SPREAD_MS) return 'not-to-this-challenge'
  return answered.every(isUsual) ? 'usual' : 'unusual'
}

function spreadOf(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values)
}

function isUsual({ amplitude }: Constriction): boolean {
  return amplitude >= USUAL_AMPLITUDE && amplitude <= MOST_AMPLITUDE
}

function isAnswer({ onsetMs }: Constriction, { onMs }: Flash): boolean {
  const latencyMs = onsetMs - onMs
  return latencyMs >= LEAST_LATENCY_MS && latencyMs <= MOST_LATENCY_MS
}

function isForeseen({ onsetMs }: Constriction, flashes: readonly Flash[]): boolean {
  return flashes.some(
    ({ onMs }) => onsetMs < onMs + LEAST_LATENCY_MS && onsetMs >= onMs - FORESEEN_MS,
  )
}

function isSeen(trace: readonly PupilSample[], onMs: number): boolean {
  return (
    between(trace, onMs + LEAST_LATENCY_MS, onMs + 1000).length >= LEAST_AFTER &&
    between(trace, onMs - 400, onMs + LEAST_LATENCY_MS).length >= LEAST_BEFORE
  )
}

function measure(
  seen: readonly Flash[],
  answers: readonly (Constriction | undefined)[],
  flashes: number,
  astray: number,
): PadResult['measures'] {
  const pairs = answers.flatMap((answer, i) => {
    const flash = seen[i]
    return answer && flash ? [{ ...answer, latencyMs: answer.onsetMs - flash.onMs }] : []
  })
  const counts = {
    flashCount: flashes,
    flashesSeenCount: seen.length,
    flashesAnsweredCount: pairs.length,
    constrictionsElsewhereCount: astray,
  }
  if (pairs.length === 0) return counts
  const recoveries = pairs.map(({ recovery }) => recovery).filter(Number.isFinite)
  return {
    ...counts,
    latencyMs: median(pairs.map(({ latencyMs }) => latencyMs)),
    amplitudePercent: 100 * median(pairs.map(({ amplitude }) => amplitude)),
    constrictionPercentPerS: 100 * median(pairs.map(({ speedPerS }) => speedPerS)),
    explainedPercent: 100 * median(pairs.map(({ explained }) => explained)),
    ...(recoveries.length > 0 && { recoveryIn1sPercent: 100 * median(recoveries) }),
  }
}
