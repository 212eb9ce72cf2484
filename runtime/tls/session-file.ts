import { createHash } from 'node:crypto'
import { fromText } from '../../protocol/bytes.ts'
import { writeFileAtomic } from '../atomic-file.ts'
import { readSecretFile } from '../secret-file.ts'

/** The last TLS session with one broker: a connection that resumes it sends a third of the bytes. */
export type TlsSessions = {
  readonly last: Buffer | undefined
  keep(session: Buffer): void
  /** The broker did not like it. */
  drop(): void
}

/** Sessions that are kept in a file. */
export type SessionFile = TlsSessions & {
  /** Resolves when the last one lies on the disk; a fault was told. */
  saved(): Promise<void>
}

/** A ticket embeds the client's certificate; ours are 1.3 KB. */
const MAX_SESSION_BYTES = 16_384
const HASH_BYTES = 32

/** The last session of this process alone. */
export function memorySessions(): TlsSessions {
  let last: Buffer | undefined
  return {
    get last() {
      return last
    },
    keep(session) {
      last = session
    },
    drop() {
      last = undefined
    },
  }
}

/**
 * Opens the file of a station's last session, mode 0600: who has it may resume as the station.
 * It is bound to the broker's address and the station's certificate: a file of another binding, or
 * any that is not ours, counts as none. What cannot be kept costs bytes only, so that is just told.
 */
export async function openSessionFile(
  path: string,
  boundTo: readonly string[],
  onFault: (error: unknown) => void,
): Promise<SessionFile> {
  const binding = createHash('sha256').update(JSON.stringify(boundTo)).digest()
  const kept = await readSecretFile(path, HASH_BYTES + MAX_SESSION_BYTES).catch((error) => {
    onFault(error)
    return undefined
  })
  const isOurs = kept !== undefined && binding.equals(kept.subarray(0, HASH_BYTES))
  let last: Buffer | undefined =
    isOurs && kept.length > HASH_BYTES ? Buffer.from(kept.slice(HASH_BYTES)) : undefined
  let isWriting = false
  let isStale = false
  let idle: Promise<void> = Promise.resolve()

  async function write(): Promise<void> {
    while (isStale) {
      isStale = false
      const bytes = last === undefined ? fromText('none') : Buffer.concat([binding, last])
      await writeFileAtomic(path, bytes).catch(onFault)
    }
    isWriting = false
  }
  function set(session: Buffer | undefined): void {
    last = session
    isStale = true
    if (isWriting) return
    isWriting = true
    idle = write()
  }
  return {
    get last() {
      return last
    },
    keep(session) {
      if (session.length <= MAX_SESSION_BYTES) set(session)
    },
    drop() {
      if (last !== undefined) set(undefined)
    },
    saved: () => idle,
  }
}
