import { createReadStream } from 'node:fs'
import { open, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { PersonhoodError } from '../../protocol/errors.ts'
import { type MailbagEnd, readMailbag } from '../../protocol/mailbag.ts'
import { syncFolder, UNFINISHED_SUFFIX } from '../../runtime/atomic-file.ts'

/** Where a file goes: the path itself, or in a folder under a name with the station and the time. */
export async function placeOf(path: string, station: string, date: Date): Promise<string> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) return path
  const time = date.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')
  return join(path, `${station.replace(/[^a-z0-9-]+/g, '-')}-${time}.mail`)
}

/**
 * Writes a file so that its name is there only when all of it is on the medium: pulled out half-way,
 * a stick has the old files and one that ends in `.unfinished`. `fill` writes it.
 */
export async function writeCarried<T>(
  path: string,
  fill: (write: (bytes: Uint8Array) => Promise<void>) => Promise<T>,
): Promise<T> {
  const unfinished = `${path}${UNFINISHED_SUFFIX}`
  const file = await open(unfinished, 'w', 0o600)
  try {
    const value = await fill((bytes) => file.appendFile(bytes))
    await file.sync()
    await file.close()
    await rename(unfinished, path)
    await syncFolder(dirname(path))
    return value
  } catch (error) {
    await file.close().catch(() => undefined)
    await unlink(unfinished).catch(() => undefined)
    throw error
  }
}

/** Reads a file back as its receiver will; throws `file.damaged` where the medium did not keep it. */
export async function checkCarried(path: string): Promise<MailbagEnd> {
  const pieces = readMailbag(createReadStream(path))
  let next = await pieces.next()
  while (next.done !== true) next = await pieces.next()
  if (next.value.end === 'whole') return next.value
  throw new PersonhoodError(
    'file.damaged',
    `${path} is not what was written: take another stick and export again; nothing left the kiosk`,
  )
}

/** The bytes of a file; its absence is told as soon as it is asked for. */
export async function readCarried(path: string): Promise<AsyncIterable<Uint8Array>> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() === true) return createReadStream(path)
  const why = basename(path).endsWith(UNFINISHED_SUFFIX)
    ? 'was pulled out while it was written'
    : 'is no file'
  throw new PersonhoodError('file.missing', `${path} ${why}`)
}
