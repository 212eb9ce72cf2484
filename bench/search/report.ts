import { availableParallelism, cpus, loadavg } from 'node:os'
import { duplicateThresholds } from '../../protocol/duplicate-rule.ts'
import { type LatencyPoint, MILLION } from './latency.ts'
import type { Peer } from './peer.ts'
import { curvesOf, type SearchBench } from './run.ts'
import type { NativeSpeed } from './speed.ts'
import type { Spread } from './statistics.ts'

/** A figure, or null where the run did not measure it; `notes` say why. */
export type Figure = number | null

/** All figures of one run, as `bench search --json` prints them. */
export type SearchReport = {
  readonly [name: string]: string | Figure | readonly number[] | readonly string[] | object
}

/** The report of a run. */
export function searchReport(bench: SearchBench): SearchReport {
  return {
    ...settings(bench),
    ...speeds(bench),
    ...latencies(bench),
    ...memory(bench),
    ...missed(bench),
    ...codes(bench),
    growth: growth(bench),
    notes: notes(bench),
  }
}

/** What a latency figure at a million eyes is taken from: no smaller gallery stands for it. */
export function atMillion(
  points: readonly LatencyPoint[],
  which: 'p50' | 'p95' | 'cpuP50',
): Figure {
  const point = points.find(({ eyes }) => eyes === MILLION)
  return point ? rounded(point[which], 1) : null
}

/** The figure at the largest size. */
export function atLast(points: readonly LatencyPoint[], which: 'p50' | 'p95' | 'cpuP50'): Figure {
  const point = points.at(-1)
  return point ? rounded(point[which], 2) : null
}

function settings({ options, backend, speedEyes }: SearchBench): SearchReport {
  const { eyes, threads, seed, persons } = options
  const { oneEye, bothEyes } = duplicateThresholds(persons)
  const [minute = 0] = loadavg()
  return {
    seed,
    eyes,
    threads,
    backend,
    gallery_size_of_thresholds: persons,
    one_eye_threshold: rounded(oneEye / 1024, 3),
    both_eyes_threshold: rounded(bothEyes / 1024, 3),
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    load_average: rounded(minute, 1),
    speed_eyes: speedEyes,
  }
}

function speeds({ speed, peer }: SearchBench): SearchReport {
  const faiss = peer?.outcome === 'measured' ? peer.comparisonsPerS : undefined
  return {
    ts_rotcmp_per_s: Math.round(speed.plainRotations),
    exact_rotcmp_per_s: Math.round(speed.exactRotations),
    fast_eyes_per_s: Math.round(speed.fastEyes),
    exact_ratio_vs_ts: rounded(speed.exactRatio, 1),
    fast_ratio_vs_ts: rounded(speed.fastRatio, 1),
    ...nativeSpeeds(speed.native),
    faiss_cmp_per_s: faiss === undefined ? null : Math.round(faiss),
    exact_ratio_vs_faiss: faiss === undefined ? null : rounded(speed.exactRotations / faiss, 1),
  }
}

function nativeSpeeds(native: NativeSpeed | undefined): SearchReport {
  return {
    native_rotcmp_per_s: native ? Math.round(native.rotations) : null,
    native_ratio_vs_ts: native ? rounded(native.ratioToPlain, 1) : null,
    native_ratio_vs_exact: native ? rounded(native.ratioToWasm, 1) : null,
    native_fast_eyes_per_s: native ? Math.round(native.fastEyes) : null,
    native_fast_ratio_vs_fast: native ? rounded(native.fastRatioToWasm, 2) : null,
    popcount_roof_rotcmp_per_s: native ? Math.round(native.roofRotations) : null,
    native_ratio_vs_popcount_roof: native ? rounded(native.ratioToRoof, 2) : null,
  }
}

function latencies(bench: SearchBench): SearchReport {
  const { resident, lean } = curvesOf(bench)
  return {
    ms_per_probe_p50: atLast(resident, 'p50'),
    ms_per_probe_p95: atLast(resident, 'p95'),
    ms_per_probe_lean_p50: atLast(lean, 'p50'),
    ms_per_probe_lean_p95: atLast(lean, 'p95'),
    ms_per_probe_1m_p50: atMillion(resident, 'p50'),
    ms_per_probe_1m_p95: atMillion(resident, 'p95'),
    ms_per_probe_1m_lean_p50: atMillion(lean, 'p50'),
    cpu_ms_per_probe_1m_p50: atMillion(resident, 'cpuP50'),
    cpu_ms_per_probe_1m_lean_p50: atMillion(lean, 'cpuP50'),
  }
}

function memory(bench: SearchBench): SearchReport {
  const { firstStart, restarted, leanBytesPerEye } = bench.galleries
  const isLean = curvesOf(bench).lean.length > 0
  return {
    bytes_per_eye: bench.residentEyeBytes,
    resident_bytes_per_eye:
      isLean && leanBytesPerEye !== undefined ? Math.round(leanBytesPerEye) : null,
    held_bytes_per_eye: isLean ? Math.round(restarted.heldBytes / bench.options.eyes) : null,
    load_ms: Math.round(restarted.loadMs),
    load_ms_without_snapshot: Math.round(firstStart.loadMs),
    load_persons: restarted.persons,
  }
}

function missed({ misses, survivors, galleries: { lean, resident } }: SearchBench): SearchReport {
  return {
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
    mates_asked_in_gallery: lean.latency.asked + resident.latency.asked,
    mates_missed_in_gallery: lean.latency.missed + resident.latency.missed,
  }
}

function codes({ codes: { usable, impostor, genuine } }: SearchBench): SearchReport {
  const figures = ({ mean, deviation }: Spread) => [rounded(mean, 4), rounded(deviation, 4)]
  return { usable: figures(usable), impostor: figures(impostor), genuine: figures(genuine) }
}

function growth(bench: SearchBench): readonly object[] {
  return Object.entries(curvesOf(bench)).flatMap(([mode, points]) =>
    points.map(({ eyes, p50, p95, cpuP50 }) => ({
      ...{ mode, eyes, p50_ms: rounded(p50, 2), p95_ms: rounded(p95, 2) },
      cpu_p50_ms: rounded(cpuP50, 2),
    })),
  )
}

function notes(bench: SearchBench): readonly string[] {
  const { options, peer, speed, whyNotNative } = bench
  const { resident, lean } = curvesOf(bench)
  const isSmall = options.eyes < MILLION
  return [
    ...(isSmall ? [`1m figures want --eyes ${MILLION}: this run holds ${options.eyes}`] : []),
    ...(speed.native ? [] : [`no native search: ${whyNotNative ?? 'npm run build:native'}`]),
    ...(resident.length === 0 ? ['no resident gallery on this machine'] : []),
    ...(lean.length === 0 ? ['no lean gallery on this machine'] : []),
    ...(peer ? peerNotes(peer) : []),
  ]
}

function peerNotes(peer: Peer): readonly string[] {
  if (peer.outcome === 'absent') return [peer.why]
  return [
    `faiss ${peer.version}: one rotation without masks is a comparison; ours are masked, 33 an eye`,
  ]
}

function rounded(figure: number, decimals: number): number {
  return Number(figure.toFixed(decimals))
}
