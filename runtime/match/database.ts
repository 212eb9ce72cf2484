import { connectDatabase } from '../postgres/connection.ts'
import { migrate } from '../postgres/migrate.ts'
import { MIGRATIONS } from '../postgres/migrations.ts'
import {
  BUSY_TIMEOUT_MS,
  type PostgresStoreOptions,
  READ_TIMEOUT_MS,
} from '../postgres/postgres-options.ts'
import { createReaders, type Readers } from '../postgres/readers.ts'
import { openDistrict } from '../postgres/writer.ts'
import { placeText } from '../postgres/writer-session.ts'

/** A district's database for those who search it, without being its writer. */
export type MatchDatabase = {
  readonly readers: Readers
  /** Shards of the district's gallery. */
  readonly shards: number
}

/** Connects; throws `store.wrong-key` where the district is under another key. */
export async function openMatchDatabase(options: PostgresStoreOptions): Promise<MatchDatabase> {
  const timeoutMs = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS
  const connection = await connectDatabase(options)
  try {
    await migrate(connection, options.migrations ?? MIGRATIONS, timeoutMs)
    const shards = await openDistrict(connection, options, timeoutMs)
    const readTimeoutMs = options.readTimeoutMs ?? READ_TIMEOUT_MS
    return { readers: createReaders(options, placeText(options), readTimeoutMs), shards }
  } finally {
    await connection.close()
  }
}
