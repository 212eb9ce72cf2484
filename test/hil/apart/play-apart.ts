import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { imageSource } from '../../../hardware/orb/image-source.ts'
import type { FrameSource } from '../../../hardware/orb/simulated-frames.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import { buildShim, noHidraw } from '../../kit/hidraw/shim.ts'
import { DESCRIPTION } from '../places/hidraw.ts'
import type { RigReport, RunOptions } from '../run-rig.ts'
import type { Role } from '../scenario.ts'

/** What a process of its own is to play. */
export type Asked = {
  readonly depth: 1 | 2 | 3
  readonly file: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly options: Omit<RunOptions, 'signal' | 'onProgress' | 'eyes'>
  readonly eyesFolder?: string | undefined
}

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url))
/** Every read of a serial port waits for a thread; dozens of ports are open. */
const THREADS = '64'
const LAST_LINES = 20

/** What the emulated camera head sees, out of a folder of eye images: its first person. */
export async function readEyes(folder: string): Promise<() => FrameSource> {
  const { loadEyes } = await import('../../../cli/room/eyes-folder.ts')
  const [subject] = (await loadEyes(folder)).values()
  if (subject === undefined) throw new PersonhoodError('file.no-eyes', `${folder} has no eyes`)
  return () => imageSource(subject)
}

/** Throws `device.no-hidraw` where depth 3 cannot be played, and says what is missing. */
export function checkHidraw(): void {
  if (noHidraw === false) return
  const packages = 'sudo apt install umockdev gcc libc6-dev'
  throw new PersonhoodError('device.no-hidraw', `depth 3: ${noHidraw} (${packages})`)
}

/** Plays in a process of its own, which ends with the signal. */
export async function playApart(
  asked: Asked,
  { signal, onProgress }: Pick<RunOptions, 'signal' | 'onProgress'>,
): Promise<RigReport> {
  const program = [process.execPath, MAIN, JSON.stringify(asked)]
  const folder = await mkdtemp(join(tmpdir(), 'hil-'))
  try {
    const child = await start(asked.depth, program, folder)
    // The end of its input ends it, through whatever is between.
    const end = (): void => void child.stdin.end()
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
    const told: string[] = []
    const lines: string[] = []
    child.stdout.setEncoding('utf8').on('data', (text: string) => void told.push(text))
    createInterface(child.stderr).on('line', (line) => {
      lines.push(line)
      onProgress?.(line)
    })
    const [status] = await once(child, 'close')
    signal.removeEventListener('abort', end)
    if (signal.aborted) throw new PersonhoodError('call.aborted', 'ended before its time')
    if (status === 0) return JSON.parse(told.join(''))
    const last = lines.slice(-LAST_LINES).join('\n')
    throw new PersonhoodError('call.rig', `depth ${asked.depth} ended with ${status}: ${last}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function start(
  depth: Asked['depth'],
  program: readonly string[],
  folder: string,
): Promise<ChildProcessWithoutNullStreams> {
  const env = { ...process.env, UV_THREADPOOL_SIZE: THREADS }
  const [file = '', ...args] = program
  if (depth < 3) return spawn(file, args, { env })
  const description = join(folder, 'keys.umockdev')
  const [preload] = await Promise.all([buildShim(folder), writeFile(description, DESCRIPTION)])
  const command = preload.command(description, program)
  return spawn('umockdev-run', command, { env: { ...env, ...preload.env } })
}
