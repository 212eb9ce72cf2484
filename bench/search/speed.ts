import { type PersonEyes, resultOf } from '../../biometrics/search/exhaustive.ts'
import type { Kernel } from '../../biometrics/search/kernel.ts'
import { createPersonIndex, type PersonIndex } from '../../biometrics/search/person-index.ts'
import type { SearchMode } from '../../protocol/messages/duplicate.ts'
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

/**
 * Plain TypeScript, exact and fast search in turns, round by round: medians of the rounds, ratios
 * medians of the rounds' own, so that other work on the machine weighs on all alike.
 */
export function measureSpeed(
  kernel: Kernel | undefined,
  { eyes, gallerySize, rounds }: SpeedOptions,
  words: Words,
): Speed {
  const index = createPersonIndex(kernel)
  const next = strangers(words, Math.min(1000, eyes))
  const persons = Array.from({ length: Math.min(PLAIN_PAIRS, eyes / 2) }, next)
  for (const person of persons) index.put(person)
  while (index.size < eyes / 2) index.put(next())
  const probes = Array.from({ length: FAST_PROBES }, () => strangerProbe(words))
  const own = planesOf(probes[0] ?? {})
  const plain = persons.map(planesOf)
  const measured = Array.from({ length: rounds + WARM_UP }, (_, round) => {
    const ts = rate(plain.length * PLAIN_TURNS, () => {
      for (const other of plain) if (own && other) leastFraction(own, other)
    })
    const probe = probes[round % FAST_PROBES] ?? {}
    const run = (one: PersonEyes, mode: SearchMode) => searchAll(index, one, mode, gallerySize)
    const exact = rate(eyes * PLAIN_TURNS, () => run(probe, 'exact'))
    const fast = rate(eyes * FAST_PROBES, () => {
      for (const one of probes) run(one, 'fast')
    })
    return { ts, exact, fast }
  }).slice(WARM_UP)
  return {
    plainRotations: median(measured.map(({ ts }) => ts)),
    exactRotations: median(measured.map(({ exact }) => exact)),
    fastEyes: median(measured.map(({ fast }) => fast)),
    exactRatio: median(measured.map(({ ts, exact }) => exact / ts)),
    fastRatio: median(measured.map(({ ts, fast }) => (fast * PLAIN_TURNS) / ts)),
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
