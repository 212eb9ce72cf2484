import { lstat, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { PersonhoodError } from '../protocol/errors.ts'
import { type FileSteps, makeFolder, UNFINISHED_SUFFIX, writeFileAtomic } from './atomic-file.ts'
import { randomBytes } from './crypto.ts'
import { readSecretFile, refuseWide } from './secret-file.ts'
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
  refuseWide(folder, mode, '700')
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
    load: (name) => readSecretFile(join(folder, parseName(name)), MAX_KEY_BYTES),
    save,
    async create(name, lengthBytes) {
      const bytes = randomBytes(lengthBytes)
      await save(name, bytes)
      return bytes
    },
  }
}

function parseName(name: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) return name
  throw new PersonhoodError('call.key-name', `not a key name (a-z, 0-9, -): ${name.slice(0, 80)}`)
}
