import type { GalleryMemory } from '../../runtime/gallery/banks.ts'
import type { GalleryState } from '../../runtime/gallery.ts'
import { seededWords } from '../synthetic-irises.ts'
import { type BenchStore, benchStore, openBenchGallery } from './bench-gallery.ts'
import { type Latency, measureLatency } from './latency.ts'
import { type Restarted, restart } from './restarts.ts'

/** A gallery's latency in the mode it was in. */
export type MeasuredGallery = { readonly latency: Latency; readonly state: GalleryState }

/** What stations' galleries do as they grow, and after a restart in lean mode. */
export type Galleries = {
  readonly lean: MeasuredGallery
  readonly resident: MeasuredGallery
  /** A start that reads all from the store, and saves a snapshot when it ends. */
  readonly firstStart: Restarted
  /** The start after that. */
  readonly restarted: Restarted
  /** Bytes an eye takes of the memory that no file backs, beyond what an empty gallery takes. */
  readonly leanBytesPerEye: number | undefined
}

/** What is measured. */
export type GalleriesOptions = {
  readonly eyes: number
  readonly threads: number
  /** Persons of the gallery whose thresholds the mates are within. */
  readonly gallerySize: number
  readonly seed: readonly number[]
  /** Where stores lie meanwhile. */
  readonly parent: string
}

/** How it talks and is stopped. */
export type GalleriesPorts = {
  readonly step: (text: string) => void
  readonly signal: AbortSignal
}

/** Fills galleries on stores of their own and asks them; the stores go in the end. */
export async function measureGalleries(
  options: GalleriesOptions,
  ports: GalleriesPorts,
): Promise<Galleries> {
  const { threads, eyes, parent } = options
  const [filled, empty] = [await benchStore(parent), await benchStore(parent)]
  try {
    const lean = await measured(filled, 'lean', options, ports)
    ports.step('a start anew …')
    const memory = 'lean'
    const after = (store: BenchStore) =>
      restart({ folder: store.folder, keyHex: store.keyHex, memory, threads }, ports.signal)
    const none = await after(empty)
    const firstStart = await after(filled)
    ports.step('and once more …')
    const restarted = await after(filled)
    await filled.remove()
    const resident = await measured(empty, 'resident', options, ports)
    const bytes = (restarted.anonymousBytes ?? Number.NaN) - (none.anonymousBytes ?? Number.NaN)
    const leanBytesPerEye = Number.isNaN(bytes) ? undefined : bytes / eyes
    return { lean, resident, firstStart, restarted, leanBytesPerEye }
  } finally {
    await filled.remove()
    await empty.remove()
  }
}

async function measured(
  place: BenchStore,
  memory: GalleryMemory,
  { eyes, threads, gallerySize, seed }: GalleriesOptions,
  { step }: GalleriesPorts,
): Promise<MeasuredGallery> {
  const store = await place.open()
  try {
    // A resident gallery reads nobody from its store: what is not written costs no disk.
    // Nor is a snapshot kept while it grows: that would be saved anew a hundred times.
    const gallery = await openBenchGallery(store, { memory, threads }, memory === 'lean')
    try {
      const latency = await measureLatency(
        gallery,
        { eyes, gallerySize },
        seededWords(...seed),
        (size) => step(`${memory}, ${size} eyes …`),
      )
      return { latency, state: gallery.state }
    } finally {
      await gallery.close()
    }
  } finally {
    await store.close()
  }
}
