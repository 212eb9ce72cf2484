import { link, mkdir, open, rename, unlink } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { toHex } from '../protocol/bytes.ts'
import { randomBytes } from './crypto.ts'

/** The steps by which a file reaches the disk; an argument so that a test can fail each of them. */
export type FileSteps = {
  readonly open: typeof open
  readonly rename: typeof rename
  readonly link: typeof link
  readonly unlink: typeof unlink
}

/** How a file is placed; `isNew` refuses with EEXIST where the path is taken, `mode` defaults to 0600. */
export type AtomicFileOptions = { readonly isNew?: boolean; readonly mode?: number }

/** What unfinished files end with; they hold nothing that anybody was told is saved. */
export const UNFINISHED_SUFFIX = '.unfinished'

/**
 * Writes a file so that a power cut leaves the old content or the new, never a part: a file beside
 * it, fsync, rename (or link, when it must be new), fsync of the folder. Durable when it resolves.
 */
export async function writeFileAtomic(
  path: string,
  bytes: Uint8Array,
  options: AtomicFileOptions = {},
  steps: FileSteps = { open, rename, link, unlink },
): Promise<void> {
  const unfinished = `${path}.${toHex(randomBytes(6))}${UNFINISHED_SUFFIX}`
  try {
    const file = await steps.open(unfinished, 'wx', options.mode ?? 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    // A rename would replace silently; a link refuses a name that is taken, in one step.
    if (options.isNew) await steps.link(unfinished, path)
    else await steps.rename(unfinished, path)
  } catch (error) {
    await steps.unlink(unfinished).catch(() => undefined)
    throw error
  }
  if (options.isNew) await steps.unlink(unfinished).catch(() => undefined)
  await syncFolder(dirname(path), steps)
}

/**
 * Makes a folder of mode 0700 with all above it that are not there. Durable when it resolves: what is
 * synced in a folder whose own name is not goes with it in a power cut.
 */
export async function makeFolder(folder: string): Promise<void> {
  const path = resolve(folder)
  const first = (await mkdir(path, { recursive: true, mode: 0o700 })) ?? path
  // Also where it was there: who made it may have died before its name was durable.
  let at = path
  do {
    at = dirname(at)
    await syncFolder(at)
  } while (at.length > dirname(first).length)
}

/** Makes the names in a folder durable. */
export async function syncFolder(
  folder: string,
  steps: Pick<FileSteps, 'open'> = { open },
): Promise<void> {
  const handle = await steps.open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
