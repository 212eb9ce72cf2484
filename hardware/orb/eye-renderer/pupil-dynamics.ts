import { createRandom, seedOf } from '../../sim/random.ts'

/** How one pupil answers light. Radii are ratios of the iris radius. */
export type PupilReflex = {
  /** Pupil radius over iris radius in the kiosk's own light. */
  readonly restRatio: number
  readonly latencyMs: number
  /** Share of the radius that light which stays on would take. */
  readonly depth: number
  /** Time constants of closing and of opening, ms. */
  readonly closingMs: number
  readonly openingMs: number
  /** Slow waves that every living pupil shows (hippus), share of the radius. */
  readonly unrest: number
}

/** When a visible light is on, ms. */
export type LightPulse = { readonly onMs: number; readonly offMs: number }

/**
 * A reflex drawn for a person of that age: pupils grow smaller and slower with age (FAA AM 65-25,
 * 1965: .238 s below 21 years, .273 s above 50). The spread is chosen, not measured.
 */
export function sampleReflex(seed: number, ageYears: number): PupilReflex {
  const random = createRandom(seed, seedOf('reflex'))
  const old = Math.min(1, Math.max(0, (ageYears - 18) / 67))
  return {
    restRatio: Math.max(0.22, 0.5 - 0.2 * old + 0.04 * random.normal()),
    latencyMs: 225 + 60 * old + 15 * random.normal(),
    depth: Math.max(0.2, 0.45 - 0.12 * old + 0.06 * random.normal()),
    closingMs: random.between(110, 170) + 40 * old,
    openingMs: random.between(600, 1100),
    unrest: random.between(0.002, 0.008),
  }
}

const STEP_MS = 2
/** How quickly the retina's answer to light comes and goes, ms. */
const LIGHT_MS = 60
const DARK_MS = 350
/** Unrest begins before the first frame. */
const WARM_UP_MS = 1000

/** A pupil that lives on from moment to moment. */
export type LivingPupil = {
  /** Lets time go on until `ms`, which never goes back. */
  liveUntil(ms: number): void
  /** Pupil radius over iris radius now. */
  readonly ratio: number
}

/**
 * A pupil under light: a delay, then two leaky steps, the second with its own pace for closing and
 * for opening. `isLitAt` is asked for moments at least `latencyMs` past, so it need not foresee.
 */
export function livingPupil(
  reflex: PupilReflex,
  seed: number,
  isLitAt: (ms: number) => boolean,
  fromMs = 0,
): LivingPupil {
  const { restRatio, latencyMs, depth, closingMs, openingMs } = reflex
  const wave = unrestOf(reflex, seed)
  const startMs = fromMs - WARM_UP_MS
  let [steps, drive, radius, ratio] = [0, 0, restRatio, restRatio]
  const step = (): void => {
    const ms = startMs + steps * STEP_MS
    const isLit = isLitAt(ms - latencyMs)
    drive += ((isLit ? 1 : 0) - drive) * (STEP_MS / (isLit ? LIGHT_MS : DARK_MS))
    const target = restRatio * (1 - depth * drive)
    radius += (target - radius) * (STEP_MS / (target < radius ? closingMs : openingMs))
    ratio = radius * (1 + wave(ms))
    steps += 1
  }
  return {
    liveUntil(ms) {
      const until = Math.round((ms - startMs) / STEP_MS)
      while (steps <= until) step()
    },
    get ratio() {
      return ratio
    },
  }
}

/**
 * The pupil ratio over time under some pulses of light. Times beyond `untilMs` keep the last ratio.
 */
export function pupilCourse(
  reflex: PupilReflex,
  pulses: readonly LightPulse[],
  untilMs: number,
  seed: number,
): (ms: number) => number {
  const course = new Float64Array(Math.ceil((untilMs + WARM_UP_MS) / STEP_MS) + 1)
  const pupil = livingPupil(reflex, seed, (at) =>
    pulses.some(({ onMs, offMs }) => at >= onMs && at < offMs),
  )
  for (let i = 0; i < course.length; i++) {
    pupil.liveUntil(i * STEP_MS - WARM_UP_MS)
    course[i] = pupil.ratio
  }
  return (ms) => {
    const at = Math.round((ms + WARM_UP_MS) / STEP_MS)
    return course[Math.min(Math.max(at, 0), course.length - 1)] as number
  }
}

/** Three slow waves of a tenth to one cycle a second. */
function unrestOf({ unrest }: PupilReflex, seed: number): (ms: number) => number {
  const random = createRandom(seed, seedOf('unrest'))
  const waves = [0.15, 0.4, 0.9].map((hertz) => ({
    turn: (2 * Math.PI * hertz * random.between(0.7, 1.3)) / 1000,
    phase: random.between(0, 2 * Math.PI),
    size: (unrest * random.between(0.5, 1.5)) / (1 + hertz),
  }))
  return (ms) =>
    waves.reduce((sum, { turn, phase, size }) => sum + size * Math.sin(turn * ms + phase), 0)
}
