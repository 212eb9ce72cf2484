import { setTimeout as delay } from 'node:timers/promises'
import { type Connection, connectDatabase, type DatabaseOptions } from './connection.ts'

/** A session that hears notifications, made again whenever it is lost. */
export type Listener = { close(): Promise<void> }

const RETRY_MS = 200
const LISTEN_TIMEOUT_MS = 5000

/**
 * Calls `onNews` at each notification on a channel whose payload is one of `payloads`, after each
 * connection, and every `pollMs`: a notification may be lost, so it only makes things quicker.
 */
export function createListener(
  options: DatabaseOptions,
  channel: string,
  payloads: readonly string[],
  pollMs: number,
  onNews: () => void,
): Listener {
  const closing = new AbortController()
  const poll = setInterval(onNews, pollMs).unref()
  let connection: Connection | undefined

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        connection = await connectDatabase(options)
        const ended = new Promise<void>((resolve) => connection?.onEnd(resolve))
        const hear = (payload: string) => void (payloads.includes(payload) && onNews())
        await connection.listen(channel, hear, LISTEN_TIMEOUT_MS)
        if (closing.signal.aborted) break
        onNews()
        await ended
      } catch {
        // Without it there is the poll; whoever asks the database meets the same fault and tells it.
        connection?.destroy()
      }
      await delay(RETRY_MS, undefined, { signal: closing.signal }).catch(() => undefined)
    }
    await connection?.close()
  }

  const running = run()
  return {
    async close() {
      closing.abort()
      clearInterval(poll)
      connection?.destroy()
      await running
    },
  }
}
