import { loadKernel } from '../../biometrics/search/kernel.ts'
import { createPersonIndex } from '../../biometrics/search/person-index.ts'
import { slabLayout } from '../../biometrics/search/slab-layout.ts'
import { duplicateThresholds } from '../../protocol/duplicate-rule.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { seededWords } from '../synthetic-irises.ts'
import { type LatencyPoint, MILLION, measureLatency } from './latency.ts'
import { countMisses, type Enrol } from './misses.ts'
import { measurePeer } from './peer.ts'
import {
  atLast,
  atMillion,
  machineFigures,
  rounded,
  type SearchReport,
  thresholdFigures,
} from './report.ts'
import { measureSpeed, searchAll } from './speed.ts'
import { codeStatistics, type Spread } from './statistics.ts'
import { countSurvivors } from './survivors.ts'

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

/** Latency against gallery size, by the mode of the gallery. */
export type Curves = {
  readonly resident: readonly LatencyPoint[]
  readonly lean: readonly LatencyPoint[]
}

/** What a run gives. */
export type SearchBench = { readonly report: SearchReport; readonly curves: Curves }

/** Eyes over which rates are measured: one memory of one thread holds them with ease. */
const SPEED_EYES = 100_000
const PEER_EYES = 20_000
const SURVIVOR_PROBES = 40
const STATISTIC_PAIRS = 600

/** Measures everything in one run; figures that it could not measure are null, with a note. */
export async function runSearchBench(
  options: SearchBenchOptions,
  { say, signal }: SearchBenchPorts,
): Promise<SearchBench> {
  const { eyes, mates, seed, persons: gallerySize } = options
  const kernel = await loadKernel()
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
  const speed = measureSpeed(
    kernel,
    { eyes: speedEyes, gallerySize, rounds: options.rounds },
    words(2),
  )
  step('survivors …')
  const survivors = countSurvivors(kernel, gallerySize, SURVIVOR_PROBES, words(3))
  const enrol: Enrol = (persons) => {
    const index = createPersonIndex(kernel)
    for (const person of persons) index.put(person)
    return (probe) => searchAll(index, probe, 'fast', gallerySize)
  }
  const misses = countMisses(enrol, { mates, gallerySize }, words(4), (done) =>
    step(`${done} of ${mates} mates …`),
  )
  const peer = options.hasPeer
    ? await measurePeer(Math.min(eyes, PEER_EYES), words(5), signal)
    : undefined
  if (peer) step(peer.outcome === 'measured' ? `faiss ${peer.version}` : peer.why)

  const index = createPersonIndex(kernel)
  const resident = await measureLatency(
    {
      get size() {
        return index.size
      },
      put: (person) => index.put(person),
      search: (probe) => searchAll(index, probe, 'fast', gallerySize),
    },
    { eyes, gallerySize },
    words(6),
    (size) => step(`latency at ${size} eyes …`),
  )
  const curves = { resident: resident.points, lean: [] }
  const notes = [
    ...(eyes < MILLION ? [`1m figures want --eyes ${MILLION}: this run holds ${eyes}`] : []),
    ...(peer?.outcome === 'absent' ? [peer.why] : []),
    ...(peer ? ['faiss compares one rotation without masks; ours 33 rotations, masked'] : []),
  ]
  const report = {
    seed,
    eyes,
    threads: options.threads,
    backend: index.backend,
    gallery_size_of_thresholds: gallerySize,
    ...thresholdFigures(duplicateThresholds(gallerySize)),
    ...machineFigures(),
    speed_eyes: speedEyes,
    ts_rotcmp_per_s: Math.round(speed.plainRotations),
    exact_rotcmp_per_s: Math.round(speed.exactRotations),
    fast_eyes_per_s: Math.round(speed.fastEyes),
    exact_ratio_vs_ts: rounded(speed.exactRatio, 1),
    fast_ratio_vs_ts: rounded(speed.fastRatio, 1),
    ms_per_probe_p50: atLast(curves.resident, 'p50'),
    ms_per_probe_p95: atLast(curves.resident, 'p95'),
    ms_per_probe_1m_p50: atMillion(curves.resident, 'p50'),
    ms_per_probe_1m_p95: atMillion(curves.resident, 'p95'),
    ms_per_probe_1m_lean_p50: atMillion(curves.lean, 'p50'),
    bytes_per_eye: slabLayout('resident').recordBytes,
    resident_bytes_per_eye: null,
    load_ms: null,
    survivors_two_sets: survivors?.twoSets ?? null,
    survivors_three_sets: survivors?.threeSets ?? null,
    survivors_sketch: survivors?.sketch ?? null,
    mates: misses.mates,
    mates_both_eyes: misses.matesBothEyes,
    mates_one_eye: misses.matesOneEye,
    mates_by_better_eye: misses.byBetterEye,
    misses: misses.misses,
    misses_both_eyes: misses.missesBothEyes,
    misses_one_eye: misses.missesOneEye,
    wrongly_found: misses.wronglyFound,
    mates_asked_in_gallery: resident.asked,
    mates_missed_in_gallery: resident.missed,
    usable: spreadFigures(codes.usable),
    impostor: spreadFigures(codes.impostor),
    genuine: spreadFigures(codes.genuine),
    faiss_cmp_per_s: peer?.outcome === 'measured' ? Math.round(peer.comparisonsPerS) : null,
    exact_ratio_vs_faiss:
      peer?.outcome === 'measured' ? rounded(speed.exactRotations / peer.comparisonsPerS, 1) : null,
    growth: curves.resident.map(({ eyes, p50, p95 }) => ({
      ...{ mode: 'resident', eyes, p50_ms: rounded(p50, 2), p95_ms: rounded(p95, 2) },
    })),
    notes,
  }
  return { report, curves }
}

function spreadFigures({ mean, deviation }: Spread): readonly number[] {
  return [rounded(mean, 4), rounded(deviation, 4)]
}
