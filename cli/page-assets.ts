import { fileURLToPath } from 'node:url'
import { type Asset, type Assets, loadAssets } from '../runtime/http-assets.ts'

/** The pages that `npm run build` bundles. */
export type PageName = 'kiosk' | 'gateway' | 'overview'

/** This file runs from dist/cli/, and the pages are built into dist/web/. */
const BUILT = fileURLToPath(new URL('../web', import.meta.url))

/**
 * The files of each page under the address where it is shown: `mounts` has the page by its prefix,
 * such as `/kiosk/east/`, with a slash at both ends. All that a page loads is relative to it.
 */
export async function pageAssets(
  mounts: Readonly<Record<`/${string}`, PageName>>,
  folder: string = BUILT,
): Promise<Assets> {
  const built = [...(await loadAssets(folder))]
  const assets = new Map<string, Asset>()
  for (const [prefix, page] of Object.entries(mounts)) {
    for (const [path, asset] of built) {
      const own = `/${page}/`
      if (path.startsWith(own)) assets.set(prefix + path.slice(own.length), asset)
    }
  }
  return assets
}
