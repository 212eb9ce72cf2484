import type { GalleryPerson, PersonEyes } from '../../biometrics/search/exhaustive.ts'
import type { Words } from '../synthetic-irises.ts'
import { matesBatch } from './misses.ts'
import { type Mate, strangerProbe, strangers } from './population.ts'
import { quantile } from './rounds.ts'

/** Gallery sizes at which latency is measured, eyes; those up to the gallery's own, and that. */
const SIZES = [1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000]
/** The size that figures are quoted at. */
export const MILLION = 1_000_000

/** Time of one probe at one size: a person with both eyes against `eyes` / 2 persons. */
export type LatencyPoint = {
  readonly eyes: number
  readonly p50: number
  readonly p95: number
  /** Processor time of all threads, half of the probes. */
  readonly cpuP50: number
}

/** Who was found. */
export type Found = { readonly candidates: readonly { readonly handle: string }[] }

/** A gallery that grows and is asked. */
export type GrowingGallery = {
  readonly size: number
  put(person: GalleryPerson): void | Promise<void>
  search(probe: PersonEyes): Found | Promise<Found>
}

/** Latency as a gallery grows, and the enrolled mates that were not found on the way. */
export type Latency = {
  readonly points: readonly LatencyPoint[]
  readonly asked: number
  readonly missed: number
}

/** Probes at each size; every other one is of somebody enrolled. */
const PROBES = 60
const MATES = 100

/** The sizes at which a gallery of `eyes` is measured. */
export function sizesUpTo(eyes: number): readonly number[] {
  return [...SIZES.filter((size) => size < eyes), eyes]
}

/** Fills a gallery up to `eyes` and asks it on the way. */
export async function measureLatency(
  gallery: GrowingGallery,
  { eyes, gallerySize }: { readonly eyes: number; readonly gallerySize: number },
  words: Words,
  onSize: (eyes: number) => void,
): Promise<Latency> {
  const sizes = sizesUpTo(eyes)
  const count = Math.max(1, Math.min(MATES, Math.floor((sizes[0] ?? eyes) / 4)))
  const mates = matesBatch(count, gallerySize, words)
  for (const [i, { enrolled }] of mates.entries()) {
    await gallery.put({ handle: mateHandle(i), ...enrolled })
  }
  const next = strangers(words, Math.min(2000, eyes))
  const rounds: { readonly point: LatencyPoint; readonly missed: number }[] = []
  for (const size of sizes) {
    while (gallery.size < size / 2) await gallery.put(next())
    onSize(size)
    rounds.push(await askAll(gallery, size, mates, words))
  }
  return {
    points: rounds.map(({ point }) => point),
    asked: (rounds.length * PROBES) / 2,
    missed: rounds.reduce((sum, { missed }) => sum + missed, 0),
  }
}

/** Handles are record identifiers, 16 bytes in hex; a stranger's does not begin with so many zeros. */
function mateHandle(index: number): string {
  return index.toString(16).padStart(32, '0')
}

/** Asks for a stranger and a mate in turns. */
async function askAll(
  gallery: GrowingGallery,
  eyes: number,
  mates: readonly Mate[],
  words: Words,
): Promise<{ readonly point: LatencyPoint; readonly missed: number }> {
  const times: number[] = []
  const cpuTimes: number[] = []
  let missed = 0
  const ask = async (probe: PersonEyes): Promise<Found> => {
    const start = performance.now()
    const before = process.cpuUsage()
    const result = await gallery.search(probe)
    const { user, system } = process.cpuUsage(before)
    times.push(performance.now() - start)
    cpuTimes.push((user + system) / 1000)
    return result
  }
  for (let turn = 0; turn < PROBES / 2; turn++) {
    await ask(strangerProbe(words))
    const mate = turn % mates.length
    const { candidates } = await ask(mates[mate]?.probe ?? {})
    if (!candidates.some(({ handle }) => handle === mateHandle(mate))) missed++
  }
  const [p50, p95] = [quantile(times, 0.5), quantile(times, 0.95)]
  return { point: { eyes, p50, p95, cpuP50: quantile(cpuTimes, 0.5) }, missed }
}
