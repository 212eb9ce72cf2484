import { createHash } from 'node:crypto'
import type { Sharing } from '../sharing.ts'
import { type Connection, connectDatabase } from './connection.ts'
import { createListener } from './listener.ts'
import type { PostgresStoreOptions } from './postgres-options.ts'

/** A sharing that ends with its store. */
export type PostgresSharing = Sharing & { close(): Promise<void> }

const CHANNEL = 'personhood_changes'
const POLL_MS = 2000
/** A process that waits longer for its turn goes on without one: conditions keep it right. */
const TURN_WAIT_MS = 5000
/** A turn that does nothing for so long is over: its process hangs. */
const TURN_IDLE_MS = 10_000
const QUERY_MS = TURN_WAIT_MS + 5000

/**
 * Turns by an advisory lock, which goes from one process to the next in the order in which they
 * asked, and news by notifications. Both are of one district.
 */
export function createPostgresSharing(options: PostgresStoreOptions): PostgresSharing {
  const listeners = new Set<() => void>()
  const name = `personhood turn ${options.district}`
  const lock = createHash('sha256').update(name).digest().readBigInt64BE(0)
  const told = createHash('sha256').update(options.district).digest('hex')
  const tell = () => {
    for (const listen of listeners) listen()
  }
  const listener = createListener(options, CHANNEL, [told], POLL_MS, tell)
  let session: Connection | undefined
  let hasNews = false

  async function open(): Promise<Connection> {
    if (session?.isOpen === true) return session
    session = await connectDatabase(options)
    // Nothing here has to outlive the server: a notification must not wait for its disk.
    await session.query(
      `SET synchronous_commit = off; SET lock_timeout = ${TURN_WAIT_MS}`,
      undefined,
      QUERY_MS,
    )
    return session
  }

  async function lockTurn(): Promise<Connection | undefined> {
    try {
      const connection = await open()
      await connection.query(
        `SET idle_session_timeout = ${TURN_IDLE_MS}; SELECT pg_advisory_lock(${lock})`,
        undefined,
        QUERY_MS,
      )
      return connection
    } catch {
      // Whoever writes meets the same fault and tells it, or is right without a turn.
      session?.destroy()
      return undefined
    }
  }

  function unlock(connection: Connection): void {
    const news = hasNews ? `SELECT pg_notify('${CHANNEL}', '${told}');` : ''
    hasNews = false
    connection
      .query(
        `SELECT pg_advisory_unlock(${lock}); ${news} SET idle_session_timeout = 0`,
        undefined,
        QUERY_MS,
      )
      .catch(() => connection.destroy())
  }

  return {
    async turn(work) {
      const held = await lockTurn()
      try {
        return await work()
      } finally {
        if (held?.isOpen === true) unlock(held)
      }
    },
    announce() {
      hasNews = true
    },
    onNews(listen) {
      listeners.add(listen)
      return () => void listeners.delete(listen)
    },
    async close() {
      await Promise.all([listener.close(), session?.close()])
    },
  }
}
