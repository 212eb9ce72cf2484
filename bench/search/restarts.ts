import { fileURLToPath } from 'node:url'
import { fromText } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { GalleryMemory } from '../../runtime/gallery/banks.ts'
import { askProcess } from './ask-process.ts'

/** What is started. */
export type RestartTask = {
  readonly folder: string
  readonly keyHex: string
  readonly memory: GalleryMemory
  readonly threads: number
}

/** What it took. */
export type Restarted = {
  readonly persons: number
  /** From the first look at the folder to a gallery that answers. */
  readonly loadMs: number
  /** Bytes of rows and handles, as the gallery itself counts them. */
  readonly heldBytes: number
  /** Memory of the process that no file backs; absent where the system does not tell. */
  readonly anonymousBytes?: number
}

const SCRIPT = fileURLToPath(new URL('./restart.js', import.meta.url))
const TIMEOUT_MS = 1_800_000

/** Starts a process on a store that nobody has open. */
export async function restart(task: RestartTask, signal: AbortSignal): Promise<Restarted> {
  const input = [fromText(JSON.stringify(task))]
  const { code, out, err } = await askProcess(process.execPath, ['--expose-gc', SCRIPT], input, {
    ...{ timeoutMs: TIMEOUT_MS, signal },
  })
  if (code !== 0) throw new PersonhoodError('call.bench', `the process that starts anew: ${err}`)
  return JSON.parse(out) as Restarted
}
