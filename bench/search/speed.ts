import { type PersonEyes, resultOf } from '../../biometrics/search/exhaustive.ts'
import type { Kernel } from '../../biometrics/search/kernel.ts'
import { createPersonIndex, type PersonIndex } from '../../biometrics/search/person-index.ts'
import type { SearchMode } from '../../protocol/messages/duplicate.ts'
import type { BitCounter } from '../../runtime/native-search.ts'
import type { Words } from '../synthetic-irises.ts'
import { leastFraction, PLAIN_TURNS } from './plain-comparison.ts'
import { strangerProbe, strangers } from './population.ts'
import { median, rate } from './rounds.ts'

/** Rates of one thread, a second of processor time, and their ratios. */
export type Speed = {
  readonly plainRotations: number
  readonly exactRotations: number
  readonly fastEyes: number
  readonly exactRatio: number
  readonly fastRatio: number
  /** Exact search in native code, where it was built. */
  readonly native?: NativeSpeed
}

/** Exact search in native code: rotations a second, and against plain TypeScript and WebAssembly. */
export type NativeSpeed = {
  readonly rotations: number
  readonly ratioToPlain: number
  readonly ratioToWasm: number
  readonly fastEyes: number
  readonly fastRatioToWasm: number
  /** Rotations a second whose 16,384 code bits the processor can count, in registers, nothing else. */
  readonly roofRotations: number
  readonly ratioToRoof: number
}

/** What is compared with: absent where this machine has it not. */
export type SpeedKernels = {
  readonly wasm: Kernel | undefined
  readonly native: Kernel | undefined
  readonly countBits: BitCounter | undefined
}

/** What is measured: `eyes` enrolled, the thresholds of `gallerySize` persons. */
export type SpeedOptions = {
  readonly eyes: number
  readonly gallerySize: number
  readonly rounds: number
}

const PLAIN_PAIRS = 1500
const FAST_PROBES = 12
const WARM_UP = 2
/** Some tenth of a millisecond. */
const ROOF_ROUNDS = 50_000
/** Code bits that a rotation compares, in 64-bit words. */
const ROTATION_WORDS = 256
const NOTHING = { exact: 0, fast: 0, roof: 0 }

/**
 * Plain TypeScript, exact and fast search in turns, round by round: medians of the rounds, ratios
 * medians of the rounds' own, so that other work on the machine weighs on all alike.
 */
export function measureSpeed(
  kernels: SpeedKernels,
  { eyes, gallerySize, rounds }: SpeedOptions,
  words: Words,
): Speed {
  const next = strangers(words, Math.min(1000, eyes))
  const wasm = createPersonIndex(kernels.wasm)
  const native = kernels.native && createPersonIndex(kernels.native)
  const { countBits = () => 0 } = kernels
  const plain: ReturnType<typeof planesOf>[] = []
  while (wasm.size < eyes / 2) {
    const person = next()
    if (plain.length < PLAIN_PAIRS) plain.push(planesOf(person))
    wasm.put(person)
    native?.put(person)
  }
  const probes = Array.from({ length: FAST_PROBES }, () => strangerProbe(words))
  const own = planesOf(probes[0] ?? {})
  const measured = Array.from({ length: rounds + WARM_UP }, (_, round) => {
    const ts = rate(plain.length * PLAIN_TURNS, () => {
      for (const other of plain) if (own && other) leastFraction(own, other)
    })
    const probe = probes[round % FAST_PROBES] ?? {}
    const exactly = (index: PersonIndex) =>
      rate(eyes * PLAIN_TURNS, () => searchAll(index, probe, 'exact', gallerySize))
    const fastly = (index: PersonIndex) =>
      rate(eyes * FAST_PROBES, () => {
        for (const one of probes) searchAll(index, one, 'fast', gallerySize)
      })
    const exact = exactly(wasm)
    const fast = fastly(wasm)
    const natively = native && {
      exact: exactly(native),
      fast: fastly(native),
      roof: rate(countBits(ROOF_ROUNDS) / ROTATION_WORDS, () => countBits(ROOF_ROUNDS)),
    }
    return { ts, exact, fast, native: natively ?? NOTHING }
  }).slice(WARM_UP)
  const middle = (of: (round: (typeof measured)[number]) => number) => median(measured.map(of))
  return {
    plainRotations: middle(({ ts }) => ts),
    exactRotations: middle(({ exact }) => exact),
    fastEyes: middle(({ fast }) => fast),
    exactRatio: middle(({ ts, exact }) => exact / ts),
    fastRatio: middle(({ ts, fast }) => (fast * PLAIN_TURNS) / ts),
    ...(native && {
      native: {
        rotations: middle((round) => round.native.exact),
        ratioToPlain: middle((round) => round.native.exact / round.ts),
        ratioToWasm: middle((round) => round.native.exact / round.exact),
        fastEyes: middle((round) => round.native.fast),
        fastRatioToWasm: middle((round) => round.native.fast / round.fast),
        roofRotations: middle((round) => round.native.roof),
        ratioToRoof: middle((round) => round.native.exact / round.native.roof),
      },
    }),
  }
}

/** A whole search on this thread. */
export function searchAll(
  index: PersonIndex,
  probe: PersonEyes,
  mode: SearchMode,
  gallerySize: number,
): ReturnType<typeof resultOf> {
  return resultOf([...index.search(probe, { mode, gallerySize })])
}

function planesOf({ left }: PersonEyes) {
  return left?.planes()
}
