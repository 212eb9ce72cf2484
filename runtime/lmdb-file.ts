import { open } from 'node:fs/promises'
import { systemCode } from './system-code.ts'

const META_HEAD_BYTES = 160
/** Offsets within a meta page as lmdb 3.5 writes it: flags, magic, version, size of a page. */
const FLAGS = 18
const MAGIC = 24
const VERSION = 28
const PAGE_SIZE = 48
const META_FLAG = 0x08

/**
 * `foreign` where a file that is there is no LMDB database: lmdb 3.5.6 does not refuse such a file,
 * it ends the process with SIGSEGV. An absent or empty file is a database to be.
 */
export async function lmdbFileState(path: string): Promise<'absent' | 'database' | 'foreign'> {
  let file: Awaited<ReturnType<typeof open>>
  try {
    file = await open(path, 'r')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 'absent'
    throw error
  }
  try {
    if ((await file.stat()).size === 0) return 'absent'
    const head = async (position: number) => {
      const { buffer, bytesRead } = await file.read(new Uint8Array(META_HEAD_BYTES), { position })
      return new DataView(buffer.buffer, 0, bytesRead)
    }
    const first = await head(0)
    if (!isMeta(first)) return 'foreign'
    // LMDB takes turns between two meta pages and reads both when it opens.
    const second = await head(first.getUint32(PAGE_SIZE, true))
    return isMeta(second) ? 'database' : 'foreign'
  } finally {
    await file.close()
  }
}

function isMeta(page: DataView): boolean {
  return (
    page.byteLength === META_HEAD_BYTES &&
    page.getUint16(FLAGS, true) === META_FLAG &&
    page.getUint32(MAGIC, true) === 0xbe_ef_c0_de &&
    page.getUint32(VERSION, true) === 2
  )
}
