import type { DatabaseOptions } from './connection.ts'
import type { Migration } from './migrations.ts'

/** What a PostgreSQL store is opened with. */
export type PostgresStoreOptions = DatabaseOptions & {
  /** The column by which all rows are kept apart, so that one database may hold many districts. */
  readonly district: string
  /** 32 bytes: all values rest under it, AES-256-GCM. Keys and table names rest in clear. */
  readonly key: Uint8Array
  /** Name of this writer, "gateway" unless told: of one name there is one process at a time. */
  readonly writer?: string
  /** Shards of the gallery where the district begins here; a district that is there keeps its own. */
  readonly shards?: number
  /** After this a commit counts as lost from sight; 60 s unless told. */
  readonly commitTimeoutMs?: number
  /** After this a read has failed; 30 s unless told. */
  readonly readTimeoutMs?: number
  /** How long a start waits for a writer that has just ended; 5 s unless told. */
  readonly busyTimeoutMs?: number
  /** The steps of the schema; the released ones unless told. */
  readonly migrations?: readonly Migration[]
}

/** The longest wait for a commit, in milliseconds, unless told. */
export const COMMIT_TIMEOUT_MS = 60_000

/** The longest wait for a read, in milliseconds, unless told. */
export const READ_TIMEOUT_MS = 30_000

/** The longest wait at a start for a writer of the same name, in milliseconds, unless told. */
export const BUSY_TIMEOUT_MS = 5000
