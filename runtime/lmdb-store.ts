import { rename, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { open as openLmdb, type RootDatabase } from 'lmdb'
import { equalBytes, fromText, toHex, toText } from '../protocol/bytes.ts'
import { PersonhoodError } from '../protocol/errors.ts'
import { makeFolder, syncFolder, UNFINISHED_SUFFIX } from './atomic-file.ts'
import { lockFolder } from './folder-lock.ts'
import { createGroupCommit, type GroupCommit } from './group-commit.ts'
import { lmdbFileState } from './lmdb-file.ts'
import {
  type Change,
  type Entry,
  type ListedStore,
  type Range,
  rowKey,
  rowRange,
  tableOf,
} from './store.ts'
import { isFull, storeDamaged, storeFailed, storeFull, storeWrongKey } from './store-faults.ts'
import { openRow, sealRow } from './store-seal.ts'

/** What an LMDB store is opened with. */
export type LmdbStoreOptions = {
  readonly folder: string
  /** 32 bytes: all values rest under it, AES-256-GCM. Keys and table names rest in clear. */
  readonly key: Uint8Array
  /** Space that changes with a value may not use, so that deletions always can; 8 MB unless told. */
  readonly reserveBytes?: number
  /** Free bytes of the disk. */
  readonly freeBytes?: () => Promise<number>
  /** After this a commit counts as lost from sight: 60 s unless told, as worn SD cards stall for many seconds. */
  readonly commitTimeoutMs?: number
}

const RESERVE_BYTES = 8 * 1024 * 1024
const COMMIT_TIMEOUT_MS = 60_000
/** Sorts before all tables, whose names start with 0-9 or a-z. */
const KEY_CHECK_ROW = fromText('!key')
const FIRST_TABLE = fromText('0')
/** What LMDB calls its file. */
const DATA_FILE = 'data.mdb'
const KEY_CHECK = fromText('personhood store 1')

/** A store in one folder, for one process: `store.busy` where another has it. */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<ListedStore> {
  const { folder, key } = options
  if (key.length !== 32) {
    throw new PersonhoodError('call.key', `a store key has 32 bytes, not ${key.length}`)
  }
  await makeFolder(folder)
  const unlock = await lockFolder(folder)
  const store = await createStore(options, unlock)
  try {
    await store.checkKey()
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

async function createStore(
  options: LmdbStoreOptions,
  unlock: () => Promise<void>,
): Promise<LmdbStore> {
  const path = join(options.folder, DATA_FILE)
  try {
    const state = await lmdbFileState(path)
    if (state === 'foreign') throw storeDamaged(options.folder, DATA_FILE)
    if (state === 'absent') await makeDatabase(options)
    return new LmdbStore(options, unlock)
  } catch (cause) {
    await unlock()
    throw cause instanceof PersonhoodError ? cause : storeFailed(options.folder, cause)
  }
}

/**
 * LMDB begins a file with two pages that it does not sync: a power cut then leaves one that nobody
 * can open. So a new database is made beside its place and gets its name once it is whole.
 */
async function makeDatabase(options: LmdbStoreOptions): Promise<void> {
  const folder = join(options.folder, `new${UNFINISHED_SUFFIX}`)
  await rm(folder, { recursive: true, force: true })
  await makeFolder(folder)
  const store = new LmdbStore({ ...options, folder }, () => Promise.resolve())
  await store.checkKey().finally(() => store.close())
  await rename(join(folder, DATA_FILE), join(options.folder, DATA_FILE))
  await rm(folder, { recursive: true })
  await syncFolder(options.folder)
}

/** One row as it goes to LMDB. */
type Row = { readonly key: Uint8Array; readonly value: Uint8Array | undefined }

type PreparedChange = {
  readonly conditions: readonly Row[]
  readonly writes: readonly Row[]
  readonly lengthBytes: number
}

class LmdbStore implements ListedStore {
  readonly #folder: string
  readonly #key: Uint8Array
  readonly #options: LmdbStoreOptions
  readonly #db: RootDatabase<Uint8Array, Uint8Array>
  readonly #unlock: () => Promise<void>
  readonly #commits: GroupCommit<PreparedChange>
  #isClosed = false
  /** Why nothing more is written; reading goes on, because taps must. */
  #failure: PersonhoodError | undefined

  constructor(options: LmdbStoreOptions, unlock: () => Promise<void>) {
    this.#folder = options.folder
    this.#key = Uint8Array.from(options.key)
    this.#options = options
    this.#unlock = unlock
    this.#commits = createGroupCommit((changes) => this.#apply(changes))
    // Without overlapping syncs a promise of LMDB resolves after fdatasync, not before it.
    this.#db = openLmdb(options.folder, {
      encoding: 'binary',
      keyEncoding: 'binary',
      maxDbs: 1,
      noSubdir: false,
      overlappingSync: false,
    })
  }

  /** A folder written under another key is told at once, before anything is written under this one. */
  async checkKey(): Promise<void> {
    const isEmpty = this.#db.getKeysCount({ limit: 1 }) === 0
    if (isEmpty) await this.#write([{ key: KEY_CHECK_ROW, value: KEY_CHECK }])
    const stored = this.#db.get(KEY_CHECK_ROW)
    if (!stored || !openRow(this.#key, KEY_CHECK_ROW, stored)) throw storeWrongKey(this.#folder)
  }

  // biome-ignore lint/suspicious/useAwait: a refused call rejects, it does not throw
  async get(table: string, key: string): Promise<Uint8Array | undefined> {
    this.#assertOpen()
    return this.#read(rowKey(table, key))
  }

  // biome-ignore lint/suspicious/useAwait: a refused call rejects, it does not throw
  async range(table: string, range: Range = {}): Promise<readonly Entry[]> {
    this.#assertOpen()
    const { from, before } = rowRange(table, range)
    const { limit, reverse = false } = range
    const found = this.#db.getRange({
      start: reverse ? before : from,
      end: reverse ? from : before,
      // The upper bound is never part of the range, the lower one always is.
      exclusiveStart: reverse,
      inclusiveEnd: reverse,
      reverse,
      ...(limit === undefined ? {} : { limit }),
    })
    return Array.from(found, ({ key, value }) => ({
      key: toText(key.subarray(key.indexOf(0) + 1)),
      value: this.#open(key, value),
    }))
  }

  // biome-ignore lint/suspicious/useAwait: a refused call rejects, it does not throw
  async tables(): Promise<readonly string[]> {
    this.#assertOpen()
    const names: string[] = []
    let start = FIRST_TABLE
    for (;;) {
      const [row] = this.#db.getKeys({ start, limit: 1 })
      if (row === undefined) return names
      const name = tableOf(row)
      names.push(name)
      start = rowRange(name, {}).before
    }
  }

  // biome-ignore lint/suspicious/useAwait: a refused call rejects, it does not throw
  async commit(change: Change): Promise<boolean> {
    this.#assertOpen()
    return this.#commits.submit(prepare(change))
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#commits.drain()
    await this.#db.close()
    await this.#unlock()
  }

  async #apply(changes: readonly PreparedChange[]): Promise<readonly boolean[]> {
    const rows = new Map<string, Row>()
    const holds = ({ key, value }: Row) => {
      const row = rows.get(toHex(key))
      return isSame(row ? row.value : this.#read(key), value)
    }
    const isCommitted = changes.map(({ conditions, writes }) => {
      if (!conditions.every(holds)) return false
      for (const row of writes) rows.set(toHex(row.key), row)
      return true
    })
    if (rows.size > 0) await this.#write([...rows.values()])
    return isCommitted
  }

  /** One LMDB transaction, synced when it resolves. */
  async #write(rows: readonly Row[]): Promise<void> {
    if (this.#failure) throw this.#failure
    const free = await this.#freeBytes()
    if (this.#isLow(free, rows)) throw storeFull(this.#folder, free)
    try {
      await this.#writeByDeadline(rows)
    } catch (cause) {
      const left = await this.#freeBytes()
      if (isFull(cause, this.#isLow(left, rows))) throw storeFull(this.#folder, left, cause)
      this.#failure = storeFailed(this.#folder, cause)
      throw this.#failure
    }
  }

  /** After a failed sync lmdb 3.5 never settles the promises of later writes, hence the deadline. */
  async #writeByDeadline(rows: readonly Row[]): Promise<void> {
    const sealed = rows.map(({ key, value }) => ({
      key,
      value: value && sealRow(this.#key, key, value),
    }))
    // All within one turn, which LMDB writes as one transaction or not at all.
    const puts = sealed.map(({ key, value }) =>
      value === undefined ? this.#db.remove(key) : this.#db.put(key, value),
    )
    const timeoutMs = this.#options.commitTimeoutMs ?? COMMIT_TIMEOUT_MS
    let timer: NodeJS.Timeout | undefined
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no end in ${timeoutMs} ms`)), timeoutMs)
    })
    try {
      await Promise.race([settleAll(puts), deadline])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Deletions go on below the reserve: they are what frees the disk. */
  #isLow(freeBytes: number, rows: readonly Row[]): boolean {
    const needed = lengthOf(rows)
    return needed > 0 && freeBytes < needed + (this.#options.reserveBytes ?? RESERVE_BYTES)
  }

  async #freeBytes(): Promise<number> {
    if (this.#options.freeBytes) return this.#options.freeBytes()
    const { bavail, bsize } = await statfs(this.#folder)
    return bavail * bsize
  }

  #read(row: Uint8Array): Uint8Array | undefined {
    const stored = this.#db.get(row)
    return stored && this.#open(row, stored)
  }

  #open(row: Uint8Array, stored: Uint8Array): Uint8Array {
    const value = openRow(this.#key, row, stored)
    if (value) return value
    throw storeDamaged(this.#folder, new TextDecoder().decode(row).replace('\0', '/'))
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new PersonhoodError('call.store-closed', `${this.#folder} is closed`)
  }
}

function prepare(change: Change): PreparedChange {
  const row = ({ table, key, value }: Change['writes'][number]): Row => ({
    key: rowKey(table, key),
    value: value && Uint8Array.from(value),
  })
  const writes = change.writes.map(row)
  return { conditions: (change.conditions ?? []).map(row), writes, lengthBytes: lengthOf(writes) }
}

/** Bytes that rows add to the disk at most; a deletion adds none. */
function lengthOf(rows: readonly Row[]): number {
  return rows.reduce((sum, { key, value }) => sum + (value ? key.length + value.length : 0), 0)
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b)
}

/** Waits for all, so that none is left to reject unheard, then throws the first reason. */
async function settleAll(puts: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(puts)
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) throw await reasonOf(failed.reason)
}

/** lmdb 3.5 rejects with "Commit failed" and keeps the reason in a promise, which rejects as well. */
function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { readonly commitError?: Promise<unknown> }
  return Promise.resolve(commitError).then(
    () => error,
    (reason: unknown) => reason,
  )
}
