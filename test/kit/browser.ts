import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'

const EXECUTABLE = '/usr/bin/chromium'

/** Why the browser tests cannot run here, or `undefined` where they can. */
export function browserAbsent(): string | undefined {
  return existsSync(EXECUTABLE) ? undefined : `no ${EXECUTABLE}: apt-get install chromium`
}

/** Debian's chromium without a window and without any network of its own. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** The sizes that pages are checked at: a 10" screen, and the 7" screen of a small kiosk. */
export const SIZES = [
  { width: 1280, height: 800 },
  { width: 800, height: 480 },
] as const

/** A kiosk inside the overview, where that has 1280 px. */
export const PANE = { width: 575, height: 528 } as const

/** Opens `url` in a fresh profile; whatever the console reports as an error is kept in `problems`. */
export async function openPage(
  browser: Browser,
  url: string,
  size: { width: number; height: number } = SIZES[0],
): Promise<{ readonly page: Page; readonly problems: string[] }> {
  const context = await browser.newContext({
    viewport: size,
    locale: 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(String(error)))
  await page.goto(url)
  return { page, problems }
}

/**
 * Writes what the page shows to `file`, a .png: for the documents, and to look at. A whole page is
 * first given a window of its height, because frames that cannot be seen are not kept up to date.
 */
export async function shoot(page: Page, file: string, isWhole = false): Promise<void> {
  const before = page.viewportSize()
  if (isWhole && before !== null) {
    const height = await page.evaluate<number>('document.documentElement.scrollHeight')
    await page.setViewportSize({ width: before.width, height })
    await page.waitForLoadState('networkidle').catch(() => undefined)
  }
  await page.screenshot({ path: file, animations: 'disabled' })
  if (isWhole && before !== null) await page.setViewportSize(before)
}
