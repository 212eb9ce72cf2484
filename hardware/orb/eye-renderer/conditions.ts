import { createRandom, type Random, seedOf } from '../../sim/random.ts'

/** How one frame was taken. Lengths in iris radii unless said, angles in degrees. */
export type CaptureConditions = {
  /** Seeds what is random from frame to frame: noise, stray lashes, glints. */
  readonly seed: number
  /** Pupil radius over iris radius. */
  readonly pupilRatio: number
  /** Gaze away from the lens; positive is right and down in the image. */
  readonly gazeX: number
  readonly gazeY: number
  /** Tilt of the head, clockwise in the image. */
  readonly roll: number
  /** Centre of the opening of the lids, from the image's centre. */
  readonly offsetX: number
  readonly offsetY: number
  /** Size against the nominal distance. */
  readonly zoom: number
  /** Opening of the upper lid: 0 shut, 1 as usual, above wide. */
  readonly opening: number
  /** Defocus, standard deviation in pixels of a 320-pixel-wide frame. */
  readonly blurPx: number
  /** Smear along x by movement, pixels of a 320-pixel-wide frame. */
  readonly smearPx: number
  /** Sensor noise, grey levels. */
  readonly noise: number
  /** Brightness against the nominal exposure. */
  readonly gain: number
  /** Change of the iris relief under this light and dilation, against the lasting texture. */
  readonly relief: number
  /** Names that change; frames of one visit share it. */
  readonly reliefSeed: number
  /** Which illuminators are lit: bit 0 left, bit 1 right. */
  readonly illumination: number
}

/** A well taken frame of a willing resident. */
export const FAIR_WEATHER: CaptureConditions = {
  seed: 1,
  pupilRatio: 0.4,
  gazeX: 0,
  gazeY: 0,
  roll: 0,
  offsetX: 0,
  offsetY: 0,
  zoom: 1,
  opening: 1,
  blurPx: 0.5,
  smearPx: 0,
  noise: 2.5,
  gain: 1,
  relief: 0.3,
  reliefSeed: 1,
  illumination: 0b11,
}

/** What kind of frame was drawn from the mixture. */
export type CaptureKind = 'good' | 'fair' | BadCapture
/** The tail: frames that a quality gate should refuse. */
export type BadCapture = 'shut' | 'half-shut' | 'blurred' | 'smeared' | 'off-gaze'

/** A frame drawn from the mixture of a kiosk: 78 % good, 14 % fair, 8 % bad. */
export function sampleConditions(seed: number): CaptureConditions & { readonly kind: CaptureKind } {
  const random = createRandom(seed, seedOf('conditions'))
  const draw = random.next()
  const good = sampleGood(random)
  if (draw < 0.78) return { kind: 'good', ...good }
  if (draw < 0.92) return { kind: 'fair', ...good, ...worsen(random) }
  const kind = BAD[random.int(BAD.length)] ?? 'shut'
  return { kind, ...good, ...spoil(kind, random) }
}

/** Turns a good frame into a bad one of the kind. */
export function spoil(kind: BadCapture, random: Random): Partial<CaptureConditions> {
  switch (kind) {
    case 'shut':
      return { opening: random.between(0, 0.12) }
    case 'half-shut':
      return { opening: random.between(0.2, 0.4) }
    case 'blurred':
      return { blurPx: random.between(4, 7) }
    case 'smeared':
      return { smearPx: random.between(16, 28), blurPx: 2 }
    case 'off-gaze':
      return { gazeX: (random.next() < 0.5 ? -1 : 1) * random.between(32, 42) }
  }
}

const BAD: readonly BadCapture[] = ['shut', 'half-shut', 'blurred', 'smeared', 'off-gaze']

function sampleGood(random: Random): CaptureConditions {
  return {
    seed: random.int(0x1_00_00_00_00),
    pupilRatio: clamp(0.4 + 0.07 * random.normal(), 0.25, 0.6),
    gazeX: 2.5 * random.normal(),
    gazeY: 2 * random.normal(),
    roll: 2.5 * random.normal(),
    offsetX: 0.1 * random.normal(),
    offsetY: 0.08 * random.normal(),
    zoom: 1 + 0.03 * random.normal(),
    opening: clamp(1 + 0.08 * random.normal(), 0.75, 1.2),
    blurPx: random.between(0.3, 0.75),
    smearPx: 0,
    noise: random.between(1.2, 2.6),
    gain: clamp(1 + 0.05 * random.normal(), 0.85, 1.15),
    // Log-normal: mostly little, with a tail.
    relief: clamp(0.25 * Math.exp(0.5 * random.normal()), 0.06, 1.4),
    reliefSeed: random.int(0x1_00_00_00_00),
    illumination: 0b11,
  }
}

function worsen(random: Random): Partial<CaptureConditions> {
  return {
    gazeX: 4.5 * random.normal(),
    gazeY: 3 * random.normal(),
    roll: 5 * random.normal(),
    opening: random.between(0.62, 0.85),
    blurPx: random.between(0.8, 1.6),
    noise: random.between(3, 5),
    relief: random.between(0.3, 0.8),
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
