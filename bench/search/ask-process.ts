import { spawn } from 'node:child_process'

/** What a process answered. */
export type ProcessAnswer = {
  /** Its exit code; null where it did not start or was ended. */
  readonly code: number | null
  readonly out: string
  /** The end of what it said beside. */
  readonly err: string
}

const MAX_ERR_CHARACTERS = 2000

/** Starts a process, gives it its standard input and waits for its end or the deadline. */
export function askProcess(
  command: string,
  args: readonly string[],
  input: readonly Uint8Array[],
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<ProcessAnswer> {
  return new Promise((resolve) => {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    const child = spawn(command, args, { signal: deadline, stdio: 'pipe' })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err = (err + text).slice(-MAX_ERR_CHARACTERS)
    })
    child.on('error', ({ message }) => resolve({ code: null, out, err: message }))
    child.on('close', (code) => resolve({ code, out, err }))
    // One that ends early closes its input; its exit code says the rest.
    child.stdin.on('error', () => undefined)
    for (const bytes of input) child.stdin.write(bytes)
    child.stdin.end()
  })
}
