import { equalBytes } from '../../protocol/bytes.ts'
import { hasCode, PersonhoodError } from '../../protocol/errors.ts'
import type { FileSteps } from '../atomic-file.ts'
import type { Store, Write } from '../store.ts'
import { systemCode } from '../system-code.ts'
import {
  disownWrite,
  isErased,
  markWrite,
  newId,
  readIds,
  readMarks,
  removeMarks,
  type SnapshotIds,
  writeIds,
} from './change-marks.ts'
import { encodedEyesOf, GALLERY_TABLE } from './gallery-rows.ts'
import type { Persons } from './persons.ts'
import {
  readSnapshot,
  removeUnfinished,
  type SnapshotPart,
  type SnapshotPlace,
  type SnapshotReader,
  writeSnapshot,
} from './snapshot-file.ts'
import {
  badSnapshot,
  decodeHead,
  decodeSlab,
  decodeTail,
  encodeHead,
  encodeSlab,
  encodeTail,
} from './snapshot-format.ts'

/** What loading a snapshot came to. */
export type SnapshotLoad =
  | { readonly outcome: 'loaded'; readonly reread: number }
  /** Nothing of it was used: `why` is for the log. */
  | { readonly outcome: 'none' | 'unusable'; readonly why: string }

/** A change that was handed out and of which it is not known whether it is durable. */
type Pending = { readonly kind: 'writes' | 'erase' }

/** The snapshots of one gallery: sketches and handles, so that a start reads few templates. */
export class Snapshots {
  readonly #store: Store
  readonly #place: SnapshotPlace | undefined
  readonly #steps: FileSteps | undefined
  /** Where other processes change the same gallery: takes in what they have done. */
  readonly #catchUp: (() => Promise<void>) | undefined
  readonly #pending = new Map<string, Pending>()
  #ids: SnapshotIds | undefined
  #saving: Promise<void> | undefined
  /** Changes since the last snapshot. */
  changes = 0

  constructor(
    store: Store,
    place: SnapshotPlace | undefined,
    steps?: FileSteps,
    catchUp?: () => Promise<void>,
  ) {
    this.#store = store
    this.#place = place
    this.#steps = steps
    this.#catchUp = catchUp
  }

  /** Whether there may be snapshots. */
  get hasPlace(): boolean {
    return this.#place !== undefined
  }

  /** To be called first: learns which snapshots the store goes with. */
  async open(): Promise<void> {
    this.#ids = await readIds(this.#store)
    if (this.#place) await removeUnfinished(this.#place)
  }

  /** What must be committed with a change of a person's row. */
  writesFor(handle: string, kind: Pending['kind']): readonly Write[] {
    if (this.#place) this.#pending.set(handle, { kind })
    this.changes++
    // Another process may have a snapshot of which this one does not know.
    if (this.#catchUp) return [markWrite(handle)]
    if (!this.#ids && !this.#saving) return []
    // Whoever keeps no snapshots makes those of others useless with the first change.
    return [this.#place ? markWrite(handle) : disownWrite()]
  }

  /** A person's row is durable and in memory. */
  admitted(handle: string): void {
    this.#pending.delete(handle)
  }

  /** How many persons the snapshot at hand has, if it may be used; 0 where there is none. */
  async persons(): Promise<number> {
    const count = await this.#withReader(async (reader) => decodeHead(await reader.next('head')))
    return 'persons' in count ? count.persons : 0
  }

  /** Fills `persons`, which is empty; after anything but `loaded` it is of no use any more. */
  async load(persons: Persons): Promise<SnapshotLoad> {
    return await this.#withReader(async (reader): Promise<SnapshotLoad> => {
      const head = decodeHead(await reader.next('head'))
      const { banks, handles } = persons
      if (head.slabRows !== banks.slabRows) throw badSnapshot('its slabs have another size')
      for (let slab = 0; slab < head.slabs; slab++) {
        const { handles: held, sketches } = decodeSlab(await reader.next('slab'), head.slabRows)
        if (!handles.restoreSlab(held)) throw badSnapshot(`slab ${slab} holds what cannot be`)
        persons.putSketches(slab, sketches)
      }
      const named = decodeTail(await reader.next('tail'))
      await reader.end()
      const marked = await readMarks(this.#store)
      const doubtful = new Set([...named, ...marked.map(({ key }) => key)])
      for (const handle of doubtful) await this.#reread(persons, handle)
      this.#ids = { current: reader.id, next: undefined }
      this.changes = doubtful.size
      return { outcome: 'loaded', reread: doubtful.size }
    })
  }

  /** Saves what is in memory; one at a time. Throws `store.*` or what the file system says. */
  save(persons: Persons): Promise<void> {
    const place = this.#place
    if (!place) return Promise.resolve()
    this.#saving ??= this.#save(persons, place).finally(() => {
      this.#saving = undefined
    })
    return this.#saving
  }

  async #save(persons: Persons, place: SnapshotPlace): Promise<void> {
    // Who changes from here on may or may not be in what is written: the tail names them.
    const doubtful = new Set<string>()
    const unwatch = persons.watch((_, handle) => doubtful.add(handle))
    const unhold = persons.hold()
    try {
      const id = newId()
      const before = this.#ids?.current
      await this.#settleErased()
      // Now the store knows it, so that it goes with no state of the store before this one.
      this.#ids = { current: before, next: id }
      await writeIds(this.#store, this.#ids)
      const marks = await readMarks(this.#store)
      if (this.#catchUp) {
        // Marks go with this snapshot: whoever they name is in memory by now, or is read again.
        await this.#catchUp()
        for (const { key } of marks) doubtful.add(key)
      }
      const parts = partsOf(persons, () => [...doubtful, ...this.#pending.keys()])
      const { changes } = this
      for (const handle of this.#pending.keys()) doubtful.add(handle)
      await writeSnapshot(place, id, parts, this.#steps)
      this.#ids = { current: id, next: undefined }
      await writeIds(this.#store, this.#ids)
      this.changes -= changes
      await removeMarks(this.#store, marks)
    } finally {
      unwatch()
      unhold()
    }
  }

  /** Forgets erasures that are durable: memory has none of these persons either. */
  async #settleErased(): Promise<void> {
    for (const [handle, pending] of this.#pending) {
      if (pending.kind !== 'erase' || !(await isErased(this.#store, handle))) continue
      // There may be a later change of hers by now.
      if (this.#pending.get(handle) === pending) this.#pending.delete(handle)
    }
  }

  async #reread(persons: Persons, handle: string): Promise<void> {
    const value = await this.#store.get(GALLERY_TABLE, handle)
    if (value) persons.putEncoded(handle, encodedEyesOf(value))
    else persons.remove(handle)
  }

  /** Runs on the snapshot that goes with the store; whatever is wrong with it becomes the outcome. */
  async #withReader<T>(
    run: (reader: SnapshotReader) => Promise<T>,
  ): Promise<T | Exclude<SnapshotLoad, { outcome: 'loaded' }>> {
    if (!this.#place) return { outcome: 'none', why: 'none is kept' }
    let reader: SnapshotReader | undefined
    try {
      reader = await readSnapshot(this.#place)
      if (!reader) return { outcome: 'none', why: 'there is none yet' }
      const { id } = reader
      const isOwn = [this.#ids?.current, this.#ids?.next].some((own) => own && equalBytes(own, id))
      if (!isOwn) throw badSnapshot('it is older than the store, or of another one')
      return await run(reader)
    } catch (error) {
      const isOfFile = hasCode(error, 'bytes') || isOfSystem(error)
      if (!(error instanceof Error) || !isOfFile) throw error
      return { outcome: 'unusable', why: error.message }
    } finally {
      await reader?.close()
    }
  }
}

/** Whether the system did not give the file: no right to it, a disk that fails. The store says `store.*`. */
function isOfSystem(error: unknown): boolean {
  return !(error instanceof PersonhoodError) && systemCode(error) !== undefined
}

/** A part is made when it is asked for, so that no more than one is in memory. */
function* partsOf(persons: Persons, doubtful: () => readonly string[]): Generator<SnapshotPart> {
  const { handles, banks } = persons
  const { slabs, size } = handles
  const head = { persons: size, slabRows: banks.slabRows, slabs }
  yield { kind: 'head', bytes: encodeHead(head) }
  for (let slab = 0; slab < slabs; slab++) {
    const held = handles.slabHandles(slab)
    yield { kind: 'slab', bytes: encodeSlab({ handles: held, sketches: persons.sketches(slab) }) }
  }
  yield { kind: 'tail', bytes: encodeTail([...new Set(doubtful())]) }
}
