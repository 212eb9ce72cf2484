import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { PersonhoodError } from '../protocol/errors.ts'
import { systemCode } from './system-code.ts'

const OTHERS = 0o077

/**
 * The bytes of a file that nobody else may read, 1..maxBytes; undefined where there is none. Throws
 * `store.key-permissions` where others can read it, because by then they may have.
 */
export async function readSecretFile(
  path: string,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
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
    refuseWide(path, mode, '600')
    if (size === 0 || size > maxBytes) {
      throw new PersonhoodError('store.key-unreadable', `${path} has ${size} bytes: no key of ours`)
    }
    return Uint8Array.from(await file.readFile())
  } finally {
    await file.close()
  }
}

/** Throws `store.key-permissions` where group or others have any right to a file or folder. */
export function refuseWide(path: string, mode: number, wanted: string): void {
  if ((mode & OTHERS) === 0) return
  const found = (mode & 0o777).toString(8)
  throw new PersonhoodError(
    'store.key-permissions',
    `${path} has mode ${found}, so others can reach the keys: run chmod ${wanted} '${path}', and if others were on this machine replace the keys`,
  )
}
