import { constants } from 'node:fs'
import { lstat, open, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { PersonhoodError } from '../protocol/errors.ts'
import { type FileSteps, makeFolder, UNFINISHED_SUFFIX, writeFileAtomic } from './atomic-file.ts'
import { randomBytes } from './crypto.ts'
import { systemCode } from './system-code.ts'

/** Secret bytes by name, in the best place that this machine has; `rung` names that place. */
export type KeyStore = {
  /** "file" on the first rung; the issuer's certificate states it. */
  readonly rung: string
  load(name: string): Promise<Uint8Array | undefined>
  /** Makes `lengthBytes` random bytes and saves them; throws `store.key-exists` rather than overwrite. */
  create(name: string, lengthBytes: number): Promise<Uint8Array>
  /** Saves bytes made elsewhere; throws `store.key-exists` rather than overwrite. */
  save(name: string, bytes: Uint8Array): Promise<void>
}

/** The longest secret that a key store takes, in bytes. */
export const MAX_KEY_BYTES = 4096

const OTHERS = 0o077

/** The key of that name, made now where there is none yet. */
export async function loadOrCreate(
  keys: KeyStore,
  name: string,
  lengthBytes: number,
): Promise<Uint8Array> {
  return (await keys.load(name)) ?? keys.create(name, lengthBytes)
}

/**
 * The first rung: one file of mode 0600 a key, in a folder of mode 0700. Anything that others may
 * read is refused (`store.key-permissions`), because by then it may have been read.
 */
export async function openFileKeyStore(folder: string, steps?: FileSteps): Promise<KeyStore> {
  await makeFolder(folder)
  const { mode } = await lstat(folder)
  if (mode & OTHERS) throw wide(folder, mode, '700')
  for (const name of await readdir(folder)) {
    if (name.endsWith(UNFINISHED_SUFFIX)) await unlink(join(folder, name))
  }

  async function save(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(folder, parseName(name))
    if (bytes.length === 0 || bytes.length > MAX_KEY_BYTES) {
      throw new PersonhoodError(
        'call.key',
        `a key has 1 to ${MAX_KEY_BYTES} bytes, not ${bytes.length}`,
      )
    }
    try {
      await writeFileAtomic(path, bytes, { isNew: true, mode: 0o600 }, steps)
    } catch (cause) {
      if (systemCode(cause) === 'EEXIST') {
        throw new PersonhoodError('store.key-exists', `${path} is there already and was kept`, {
          cause,
        })
      }
      throw new PersonhoodError(
        'store.key-unsaved',
        `${path} was not surely saved; nothing else was touched: do not use this key, try again`,
        { cause },
      )
    }
  }

  return {
    rung: 'file',
    load: (name) => read(join(folder, parseName(name))),
    save,
    async create(name, lengthBytes) {
      const bytes = randomBytes(lengthBytes)
      await save(name, bytes)
      return bytes
    },
  }
}

async function read(path: string): Promise<Uint8Array | undefined> {
  let file: Awaited<ReturnType<typeof open>>
  try {
    // A link could point at a file whose permissions somebody else sets.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined
    throw new PersonhoodError('store.key-unreadable', `${path} cannot be read`, { cause })
  }
  try {
    const { mode, size } = await file.stat()
    if (mode & OTHERS) throw wide(path, mode, '600')
    if (size === 0 || size > MAX_KEY_BYTES) {
      throw new PersonhoodError('store.key-unreadable', `${path} has ${size} bytes: no key of ours`)
    }
    return Uint8Array.from(await file.readFile())
  } finally {
    await file.close()
  }
}

function parseName(name: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) return name
  throw new PersonhoodError('call.key-name', `not a key name (a-z, 0-9, -): ${name.slice(0, 80)}`)
}

function wide(path: string, mode: number, wanted: string): PersonhoodError {
  const found = (mode & 0o777).toString(8)
  return new PersonhoodError(
    'store.key-permissions',
    `${path} has mode ${found}, so others can reach the keys: run chmod ${wanted} '${path}', and if others were on this machine replace the keys`,
  )
}
