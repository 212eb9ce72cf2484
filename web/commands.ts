/** How a command ended: the station took it, it did not fit any more, or nobody answered. */
export type CommandOutcome = 'taken' | 'not-taken' | 'no-answer'

const ATTEMPTS = 3
const TIMEOUT_MS = 3000

/** Sends `command` as JSON; retries carry the same key, so that it acts once at most. */
export async function sendCommand(url: string, command: object): Promise<CommandOutcome> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': newKey() }
  const body = JSON.stringify(command)
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      const response = await fetch(url, { method: 'POST', headers, body, signal })
      return response.ok && isTaken(await response.json()) ? 'taken' : 'not-taken'
    } catch {
      // No answer tells nothing about whether it acted: the key makes asking again safe.
    }
  }
  return 'no-answer'
}

/** A station may answer `{isTaken: false}`: the command came too late for what it shows now. */
function isTaken(result: unknown): boolean {
  return (
    typeof result !== 'object' ||
    result === null ||
    !('isTaken' in result) ||
    result.isTaken === true
  )
}

/** `crypto.randomUUID` is absent on a page that is not served over TLS or from this machine. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
