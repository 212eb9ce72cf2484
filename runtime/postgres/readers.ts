import { setTimeout as delay } from 'node:timers/promises'
import type { QueryResultRow } from 'pg'
import { until } from '../until.ts'
import { type Connection, connectDatabase, type DatabaseOptions } from './connection.ts'
import { faultKind, storeFault, unreachable } from './faults.ts'

/** Sessions that read, a few at a time; a read whose session is lost is asked again. */
export type Readers = {
  query<Row extends QueryResultRow>(
    text: string,
    values: readonly unknown[],
  ): Promise<readonly Row[]>
  close(): Promise<void>
}

const MAX_READERS = 4
const RETRY_MS = 100

/** Readers that connect when they are first needed. */
export function createReaders(options: DatabaseOptions, place: string, timeoutMs: number): Readers {
  const idle: Connection[] = []
  const waiting: (() => void)[] = []
  let busy = 0
  let isClosed = false

  async function withSession<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
    // A statement has its deadline, so whoever waits here is let in by one.
    while (busy >= MAX_READERS) await new Promise<void>((resolve) => waiting.push(resolve))
    busy++
    let connection: Connection | undefined
    try {
      connection = idle.pop()
      if (connection?.isOpen !== true) connection = await connectReader()
      return await use(connection)
    } finally {
      busy--
      if (connection?.isOpen) {
        if (isClosed) await connection.close()
        else idle.push(connection)
      }
      waiting.shift()?.()
    }
  }

  async function connectReader(): Promise<Connection> {
    const connection = await connectDatabase(options)
    await connection.query(`SET statement_timeout = ${timeoutMs}`, undefined, timeoutMs)
    return connection
  }

  return {
    async query<Row extends QueryResultRow>(text: string, values: readonly unknown[]) {
      const end = performance.now() + timeoutMs
      for (;;) {
        const left = Math.max(1, end - performance.now())
        try {
          const rows = withSession((connection) => connection.query<Row>(text, values, left))
          return await until(rows, {
            signals: [],
            timeoutMs: left,
            fault: (cause) => unreachable(place, timeoutMs, cause),
          })
        } catch (error) {
          if (faultKind(error) !== 'gone') throw storeFault(place, error)
          if (end - performance.now() <= RETRY_MS || isClosed) {
            throw unreachable(place, timeoutMs, error)
          }
          await delay(RETRY_MS)
        }
      }
    },
    async close() {
      isClosed = true
      await Promise.all(idle.splice(0).map((connection) => connection.close()))
    },
  }
}
