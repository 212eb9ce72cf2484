import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { PersonhoodError } from '../protocol/errors.ts'

/** A file as it is served. */
export type Asset = { readonly type: string; readonly bytes: Uint8Array }

/** Files by the path under which they are served; nothing else can be reached. */
export type Assets = ReadonlyMap<string, Asset>

const MAX_ASSETS_BYTES = 32 * 1024 * 1024

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.json', 'application/json'],
  ['.ftl', 'text/plain; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.woff2', 'font/woff2'],
  ['.opus', 'audio/ogg'],
])

/**
 * Reads a folder into memory, at most 32 MB: files of known types; no links, no dot files. A
 * folder's `index.html` answers for the folder.
 */
export async function loadAssets(folder: string): Promise<Assets> {
  const assets = new Map<string, Asset>()
  let lengthBytes = 0
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const type = TYPES.get(extname(entry.name))
    if (!entry.isFile() || entry.name.startsWith('.') || type === undefined) continue
    const file = join(entry.parentPath, entry.name)
    const bytes = Uint8Array.from(await readFile(file))
    lengthBytes += bytes.length
    if (lengthBytes > MAX_ASSETS_BYTES) {
      throw new PersonhoodError(
        'file.too-large',
        `${folder} has more than ${MAX_ASSETS_BYTES} bytes`,
      )
    }
    const path = file.slice(join(folder, '/').length).split('\\').join('/')
    assets.set(`/${path}`, { type, bytes })
    if (entry.name === 'index.html')
      assets.set(`/${path.slice(0, -'index.html'.length)}`, { type, bytes })
  }
  return assets
}
