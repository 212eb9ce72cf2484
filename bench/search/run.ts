import { tmpdir } from 'node:os'
import { resultOf } from '../../biometrics/search/exhaustive.ts'
import { type Kernel, loadKernel } from '../../biometrics/search/kernel.ts'
import { createPersonIndex } from '../../biometrics/search/person-index.ts'
import { slabLayout } from '../../biometrics/search/slab-layout.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { loadNativeKernel, nativeBitCounter } from '../../runtime/native-search.ts'
import { searchBackend } from '../../runtime/search-backend.ts'
import { seededWords } from '../synthetic-irises.ts'
import { type Galleries, measureGalleries } from './galleries.ts'
import type { LatencyPoint } from './latency.ts'
import { countMisses, type Enrol, type Misses } from './misses.ts'
import { measurePeer, type Peer } from './peer.ts'
import { measureSpeed, type Speed } from './speed.ts'
import { type CodeStatistics, codeStatistics } from './statistics.ts'
import { countSurvivors, type Survivors } from './survivors.ts'

/** What a run measures. */
export type SearchBenchOptions = {
  /** Enrolled eyes, two a person. */
  readonly eyes: number
  readonly threads: number
  readonly mates: number
  readonly seed: number
  /** Persons of the gallery that the thresholds are for. */
  readonly persons: number
  readonly hasPeer: boolean
  /** Rounds in which the speeds take turns. */
  readonly rounds: number
}

/** How a run talks and is stopped. */
export type SearchBenchPorts = {
  readonly say: (text: string) => void
  readonly signal: AbortSignal
}

/** What a run gives; reports are made of it. */
export type SearchBench = {
  readonly options: SearchBenchOptions
  readonly backend: string
  /** Bytes of an eye in a resident gallery of that back-end. */
  readonly residentEyeBytes: number
  /** Why a native back-end that was built is not used. */
  readonly whyNotNative: string | undefined
  readonly speedEyes: number
  readonly speed: Speed
  readonly survivors: Survivors | undefined
  readonly misses: Misses
  readonly codes: CodeStatistics
  readonly galleries: Galleries
  readonly peer: Peer | undefined
}

/** Latency against gallery size, by the mode of the gallery; empty where there is no such mode. */
export type Curves = {
  readonly resident: readonly LatencyPoint[]
  readonly lean: readonly LatencyPoint[]
}

/** Eyes over which rates are measured: one memory of one thread holds them with ease. */
const SPEED_EYES = 100_000
const PEER_EYES = 20_000
const SURVIVOR_PROBES = 40
const STATISTIC_PAIRS = 600

/** Measures everything in one run. */
export async function runSearchBench(
  options: SearchBenchOptions,
  { say, signal }: SearchBenchPorts,
): Promise<SearchBench> {
  const { eyes, threads, mates, seed, rounds, persons: gallerySize } = options
  const { backend, kernel, trials } = await searchBackend()
  const native = trials.find((trial) => trial.backend === 'native')
  const isNative = native?.outcome === 'works'
  const step = (text: string): void => {
    if (signal.aborted) throw new PersonhoodError('call.aborted', 'stopped before the end')
    say(text)
  }
  // Each part has words of its own, so that one part's size does not change another's codes.
  const words = (part: number) => seededWords(seed, part)

  step('codes …')
  const codes = codeStatistics(Math.min(STATISTIC_PAIRS, eyes), words(1))
  const speedEyes = Math.min(eyes, SPEED_EYES)
  step(`speed over ${speedEyes} eyes …`)
  const kernels = {
    wasm: await loadKernel(),
    native: isNative ? await loadNativeKernel() : undefined,
    countBits: isNative ? nativeBitCounter() : undefined,
  }
  const speed = measureSpeed(kernels, { eyes: speedEyes, gallerySize, rounds }, words(2))
  step('survivors …')
  const survivors = countSurvivors(
    kernel,
    { gallerySize, probes: SURVIVOR_PROBES, pool: Math.min(1000, eyes) },
    words(3),
  )
  const misses = countMisses(
    enrolIn(kernel, gallerySize),
    { mates, gallerySize },
    words(4),
    (done) => step(`${done} of ${mates} mates …`),
  )
  const peerEyes = Math.min(eyes, PEER_EYES)
  const peer = options.hasPeer ? await measurePeer(peerEyes, words(5), signal) : undefined
  if (peer) step(peer.outcome === 'measured' ? `faiss ${peer.version}` : peer.why)
  const galleries = await measureGalleries(
    // Mates are candidates at the thresholds of the galleries, too.
    {
      ...{ eyes, threads, seed: [seed, 6], parent: tmpdir() },
      gallerySize: Math.max(gallerySize, eyes / 2),
    },
    { step, signal },
  )
  const whyNotNative = native?.outcome === 'wrong' ? native.why : undefined
  const figures = { speedEyes, speed, survivors, misses, codes, galleries, peer }
  const { recordBytes: residentEyeBytes } =
    kernel && kernel.backend !== 'scalar'
      ? slabLayout('resident', kernel.symbolBytes)
      : slabLayout('records', 0)
  return { options, backend, residentEyeBytes, whyNotNative, ...figures }
}

/** The curves of a run. */
export function curvesOf({ galleries: { lean, resident } }: SearchBench): Curves {
  return {
    resident: resident.state.memory === 'resident' ? resident.latency.points : [],
    lean: lean.state.memory === 'lean' ? lean.latency.points : [],
  }
}

function enrolIn(kernel: Kernel | undefined, gallerySize: number): Enrol {
  return (persons) => {
    const index = createPersonIndex(kernel)
    for (const person of persons) index.put(person)
    return (probe) => resultOf([...index.search(probe, { mode: 'fast', gallerySize })])
  }
}
