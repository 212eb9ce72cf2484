import type { Browser } from 'playwright-core'
import type { Test } from 'tap'
import type { KioskState } from '../../firmware/kiosk-state.ts'
import { launchBrowser } from './browser.ts'
import { drawnEye } from './kiosk-states.ts'
import { type MountedPage, type PageServer, servePages } from './page-server.ts'

/** A browser and the pages that it may open. */
export type Stage = { readonly browser: Browser; readonly server: PageServer }

/** A browser and pages by prefix, both closed when `t` ends. */
export async function stagePages(t: Test, pages: Record<string, MountedPage>): Promise<Stage> {
  // A browser on a small, busy machine takes its time.
  t.setTimeout(290_000)
  const browser = await launchBrowser()
  const server = await servePages(pages)
  t.teardown(async () => {
    await browser.close()
    await server.close()
  })
  return { browser, server }
}

/** A browser and one kiosk's page; `push` shows a state and returns its revision. */
export async function stageKiosk(
  t: Test,
): Promise<Stage & { readonly url: string; readonly push: (state: KioskState) => number }> {
  const prefix = '/kiosk/north/'
  const stage = await stagePages(t, { [prefix]: { folder: 'kiosk', frame: drawnEye() } })
  let revision = 0
  const push = (state: KioskState): number => {
    revision++
    stage.server.push(prefix, { ...state, revision })
    return revision
  }
  return { ...stage, url: stage.server.url + prefix, push }
}
