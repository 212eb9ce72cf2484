import { type ChildProcess, spawn } from 'node:child_process'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Timers } from '../../protocol/timers.ts'

/** A running tool: its output as it comes, its last words, and its end. */
export type Child = {
  readonly pid: number | undefined
  onOutput(listener: (bytes: Uint8Array) => void): void
  /** Resolves once the process has ended and was waited for, so that none is left as a zombie. */
  readonly ended: Promise<ChildEnd>
  /** Ends that process and no other: asked first, then without asking. */
  end(): Promise<void>
}

/** How a tool ended. */
export type ChildEnd = {
  /** Nothing where a signal ended it, or where it did not start. */
  readonly exitCode: number | undefined
  /** The last that it said on standard error, at most `MAX_WORDS` characters. */
  readonly words: string
  /** There where it did not start. */
  readonly failure?: Error
}

/** Characters of a tool's standard error that are kept. */
export const MAX_WORDS = 4096
/** Between asking a tool to end and ending it. */
const PATIENCE_MS = 1000

/** Starts a tool without a shell, in English, with nothing on its standard input. */
export function startChild(tool: string, args: readonly string[], timers: Timers): Child {
  const child = spawn(tool, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  })
  let words = ''
  child.stderr?.on('data', (bytes: Uint8Array) => {
    words = (words + new TextDecoder().decode(bytes)).slice(-MAX_WORDS)
  })
  const ended = endOf(child, () => words)
  return {
    pid: child.pid,
    onOutput: (listener) => void child.stdout?.on('data', listener),
    ended,
    async end() {
      child.kill('SIGTERM')
      const cancel = timers.after(PATIENCE_MS, () => void child.kill('SIGKILL'))
      await ended
      cancel()
    },
  }
}

function endOf(child: ChildProcess, words: () => string): Promise<ChildEnd> {
  return new Promise((resolve) => {
    child.once('error', (failure) => {
      // A child that runs and could not be signalled is still to end by itself.
      if (child.pid === undefined) resolve({ exitCode: undefined, words: words(), failure })
    })
    child.once('close', (code) => resolve({ exitCode: code ?? undefined, words: words() }))
  })
}

/** Characters of an answer that are taken. */
const MAX_ANSWER = 65_536

/**
 * What a tool prints until it ends by itself. Rejects with `device.camera-tool` where it is not
 * installed, `device.timeout`, or the error that `fault` makes of its last words.
 */
export async function askTool(request: {
  readonly tool: string
  readonly args: readonly string[]
  readonly timeoutMs: number
  readonly timers: Timers
  readonly signal: AbortSignal | undefined
  readonly fault: (words: string) => Promise<PersonhoodError>
}): Promise<string> {
  const { tool, args, timeoutMs, timers, signal } = request
  signal?.throwIfAborted()
  const child = startChild(tool, args, timers)
  const decoder = new TextDecoder()
  let answer = ''
  child.onOutput((bytes) => {
    if (answer.length < MAX_ANSWER) answer += decoder.decode(bytes, { stream: true })
  })
  let isLate = false
  const cancel = timers.after(timeoutMs, () => {
    isLate = true
    void child.end()
  })
  const abort = (): void => void child.end()
  signal?.addEventListener('abort', abort)
  const { exitCode, words, failure } = await child.ended
  cancel()
  signal?.removeEventListener('abort', abort)
  signal?.throwIfAborted()
  if (failure !== undefined) throw toolError(tool, failure)
  if (isLate) throw new PersonhoodError('device.timeout', `${tool} took over ${timeoutMs} ms`)
  if (exitCode !== 0) throw await request.fault(words === '' ? answer : words)
  return answer.slice(0, MAX_ANSWER)
}

/** Debian's packages of the tools. */
const PACKAGES: Readonly<Record<string, string>> = {
  ffmpeg: 'ffmpeg',
  ffprobe: 'ffmpeg',
  'v4l2-ctl': 'v4l-utils',
}

/** The error of a tool that did not start: mostly, that it is not installed. */
export function toolError(tool: string, cause: Error): PersonhoodError {
  const name = tool.split('/').at(-1) ?? tool
  const needed = PACKAGES[name]
  const fix = needed === undefined ? '' : `: sudo apt-get install ${needed}`
  const what = /ENOENT/.test(cause.message)
    ? 'is not installed'
    : `does not start (${cause.message})`
  return new PersonhoodError('device.camera-tool', `${name} ${what}${fix}`, { cause })
}
