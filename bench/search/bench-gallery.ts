import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GalleryPerson, PersonEyes } from '../../biometrics/search/exhaustive.ts'
import { type BiometricReference, irisReference } from '../../protocol/biometric-reference.ts'
import { toHex } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { type GalleryOptions, type GalleryState, openGallery } from '../../runtime/gallery.ts'
import { openLmdbStore } from '../../runtime/lmdb-store.ts'
import type { Store, Write } from '../../runtime/store.ts'
import type { GrowingGallery } from './latency.ts'

/** A store in a folder of its own, which goes with it. */
export type BenchStore = {
  readonly folder: string
  readonly keyHex: string
  /** Opens it; one at a time. */
  open(): Promise<Store>
  remove(): Promise<void>
}

/** Makes a place for a store under the system's temporary folder, or `parent`. */
export async function benchStore(parent: string = tmpdir()): Promise<BenchStore> {
  const folder = await mkdtemp(join(parent, 'personhood-bench-'))
  const key = new Uint8Array(randomBytes(32))
  return {
    folder,
    keyHex: toHex(key),
    open: () => openLmdbStore({ folder: join(folder, 'store'), key }),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** A gallery as stations have it, on a store, that can be filled quickly and asked. */
export type BenchGallery = GrowingGallery & {
  readonly state: GalleryState
  close(): Promise<void>
}

/** Persons that one change makes durable: some 6 MB. */
const CHANGE_PERSONS = 1000
const DEADLINE_MS = 600_000

/** Opens a gallery on a store; `isDurable` writes whom it takes in to the store, as stations do. */
export async function openBenchGallery(
  store: Store,
  options: GalleryOptions,
  isDurable: boolean,
): Promise<BenchGallery> {
  const gallery = await openGallery(store, options)
  let writes: Write[] = []
  let waiting: (() => void)[] = []
  const flush = async (): Promise<void> => {
    const [change, admit] = [writes, waiting]
    writes = []
    waiting = []
    if (change.length > 0) await store.commit({ writes: change })
    for (const one of admit) one()
  }
  return {
    get size() {
      return gallery.size + waiting.length
    },
    get state() {
      return gallery.state
    },
    async put({ handle, ...eyes }: GalleryPerson) {
      const references = referencesOf(eyes)
      if (isDurable) writes.push(...gallery.writes(handle, references))
      waiting.push(() => gallery.admit(handle, references))
      if (waiting.length >= CHANGE_PERSONS) await flush()
    },
    async search(probe) {
      await flush()
      const answer = await gallery.query(referencesOf(probe), {
        mode: 'fast',
        deadlineMs: DEADLINE_MS,
      })
      const { searched, known } = answer.coverage
      if (searched < known) {
        throw new PersonhoodError('call.bench', `${searched} of ${known} searched in time`)
      }
      return answer
    },
    async close() {
      await gallery.close()
    },
  }
}

function referencesOf({ left, right }: PersonEyes): readonly BiometricReference[] {
  return [
    ...(left ? [irisReference('left', left, 80)] : []),
    ...(right ? [irisReference('right', right, 80)] : []),
  ]
}
