import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Random } from '../../../hardware/sim/random.ts'
import type { Act } from './recording.ts'

/** A disk writes sectors whole, and those that were not synced in any order or not at all. */
const SECTOR_BYTES = 512

/** What the cut leaves of writes that no sync covered. */
export type Fate =
  /** Nothing of them. */
  | 'lost'
  /** All of them: the cut came just before the sync returned. */
  | 'kept'
  /** All but the end of the last one. */
  | 'torn'
  /** The last one only: the disk began at the end. */
  | 'last-first'
  /** Any sectors of any of them; a file may have its new size without what was to be in it. */
  | 'any'

/** The fates that a cut is tried with; `any` again and again with other sectors. */
export const FATES: readonly Fate[] = ['lost', 'kept', 'torn', 'last-first', 'any', 'any']

/** Paths below the root and their bytes; a folder has none. */
export type DiskImage = ReadonlyMap<string, Uint8Array | undefined>

type Pending = { readonly at: number; readonly bytes: Uint8Array } | { readonly size: number }
type Inode = { durable: Uint8Array; pending: Pending[] }
type Names = Map<string, Inode | 'folder'>
type Renaming = { readonly folder: string; readonly apply: (names: Names) => void }

/**
 * A disk under what a process did: it knows what was synced, and makes what a power cut may leave.
 * Names are their folder's: a file that is synced may still have no name. Names that were not synced
 * are kept up to some point in their order, as a file system's journal keeps them.
 */
export class CutDisk {
  readonly #root: string
  /** True for paths that the cut does not reach, such as a card's memory. */
  readonly #isSafe: (path: string) => boolean
  readonly #inodes = new Map<bigint, Inode>()
  readonly #durable: Names = new Map()
  readonly #current: Names = new Map()
  #renamings: Renaming[] = []

  constructor(root: string, isSafe: (path: string) => boolean = () => false) {
    this.#root = root
    this.#isSafe = isSafe
  }

  apply(act: Act): void {
    if (act.kind === 'create') this.#create(act.path, act.file)
    else if (act.kind === 'rename' || act.kind === 'link') this.#name(act)
    else if (act.kind === 'size') this.#write(act.path, act.file, { size: act.size }, false)
    else if (act.kind === 'write') this.#write(act.path, act.file, act, act.isSynced)
    else if (act.kind === 'sync') settle(this.#inode(act.file))
    else if (act.kind === 'sync-folder') this.#syncFolder(act.path)
    else if (act.kind === 'make-folder') {
      this.#rename(act.path, (names) => void names.set(act.path, 'folder'))
    } else if (act.kind !== 'map') this.#rename(act.path, (names) => void names.delete(act.path))
  }

  /** What may be there when the power comes back. */
  cut(fate: Fate, random: Random): DiskImage {
    const names = new Map(this.#durable)
    const count = this.#renamings.length
    const kept = fate === 'lost' ? 0 : fate === 'any' ? random.int(count + 1) : count
    for (const { apply } of this.#renamings.slice(0, kept)) apply(names)
    const image = new Map<string, Uint8Array | undefined>()
    for (const [path, inode] of names) {
      if (!isReachable(path, names, this.#root)) continue
      const bytes = inode === 'folder' ? undefined : contentOf(inode, fate, random)
      image.set(path.slice(this.#root.length + 1), bytes)
    }
    return image
  }

  #write(path: string, file: bigint, pending: Pending, isSynced: boolean): void {
    const inode = this.#inode(file)
    if (isSynced || this.#isSafe(path)) inode.durable = written(inode.durable, pending)
    else inode.pending.push(pending)
  }

  #create(path: string, file: bigint): void {
    const inode: Inode = { durable: new Uint8Array(), pending: [] }
    this.#inodes.set(file, inode)
    this.#rename(path, (names) => void names.set(path, inode))
  }

  #name({ kind, path, to }: Extract<Act, { readonly to: string }>): void {
    const inode = this.#current.get(path)
    if (inode === undefined) throw new Error(`${path} was made before the recording`)
    this.#rename(to, (names) => {
      names.set(to, inode)
      if (kind === 'rename') names.delete(path)
    })
  }

  #syncFolder(path: string): void {
    for (const { folder, apply } of this.#renamings) if (folder === path) apply(this.#durable)
    this.#renamings = this.#renamings.filter(({ folder }) => folder !== path)
  }

  #rename(path: string, apply: (names: Names) => void): void {
    apply(this.#current)
    // The root and what the cut does not reach are there, whatever happens.
    if (path === this.#root || this.#isSafe(path)) apply(this.#durable)
    else this.#renamings.push({ folder: dirname(path), apply })
  }

  #inode(file: bigint): Inode {
    const inode = this.#inodes.get(file)
    if (inode === undefined) throw new Error('a file that was made before the recording')
    return inode
  }
}

/** Lays an image down in an empty folder. */
export function writeImage(folder: string, image: DiskImage): void {
  mkdirSync(folder, { recursive: true })
  const paths = [...image].sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [path, bytes] of paths) {
    if (bytes === undefined) mkdirSync(join(folder, path), { recursive: true, mode: 0o700 })
    else writeFileSync(join(folder, path), bytes, { mode: 0o600 })
  }
}

/** Equal images have equal names, so that none is tried twice. */
export function imageName(image: DiskImage): string {
  const hash = createHash('sha1')
  for (const [path, bytes] of [...image].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path}\0${bytes?.length ?? 'folder'}\0`).update(bytes ?? new Uint8Array())
  }
  return hash.digest('hex')
}

function isReachable(path: string, names: Names, root: string): boolean {
  if (path === root) return false
  for (let folder = dirname(path); folder !== root; folder = dirname(folder)) {
    if (names.get(folder) !== 'folder') return false
  }
  return true
}

function settle(inode: Inode): void {
  for (const pending of inode.pending) inode.durable = written(inode.durable, pending)
  inode.pending = []
}

function contentOf({ durable, pending }: Inode, fate: Fate, random: Random): Uint8Array {
  const last = pending.at(-1)
  if (fate === 'lost' || last === undefined) return durable
  if (fate === 'last-first') return written(durable, last)
  const before = fate === 'torn' ? pending.slice(0, -1) : pending
  const sectors = before.flatMap((one) => ('size' in one ? [one] : sectorsOf(one)))
  if (fate === 'torn' && !('size' in last)) {
    const own = sectorsOf(last)
    sectors.push(...own.slice(0, Math.floor(own.length / 2)))
  }
  const chance = fate === 'any' ? random.next() : 1
  const kept = sectors.filter(() => random.next() < chance)
  const bytes = kept.reduce(written, durable)
  const end = pending.reduce((size, one) => Math.max(size, 'size' in one ? 0 : endOf(one)), 0)
  const isGrown = fate === 'any' && bytes.length < end && random.next() < 0.5
  return isGrown ? written(bytes, { size: end }) : bytes
}

function sectorsOf({ at, bytes }: Extract<Pending, { bytes: Uint8Array }>): Pending[] {
  const sectors: Pending[] = []
  for (let from = at; from < at + bytes.length; ) {
    const to = Math.min(at + bytes.length, (Math.floor(from / SECTOR_BYTES) + 1) * SECTOR_BYTES)
    sectors.push({ at: from, bytes: bytes.subarray(from - at, to - at) })
    from = to
  }
  return sectors
}

function endOf({ at, bytes }: Extract<Pending, { bytes: Uint8Array }>): number {
  return at + bytes.length
}

function written(durable: Uint8Array, pending: Pending): Uint8Array {
  const size = 'size' in pending ? pending.size : Math.max(durable.length, endOf(pending))
  const bytes = new Uint8Array(size)
  bytes.set(durable.subarray(0, size))
  if ('bytes' in pending) bytes.set(pending.bytes, pending.at)
  return bytes
}
