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

/** The two sizes that pages are checked at: a 10" screen, and the 7" screen of a small kiosk. */
export const SIZES = [
  { width: 1280, height: 800 },
  { width: 800, height: 480 },
] as const

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

/** Writes what the page shows to `file`, a .png: for the documents, and to look at. */
export async function shoot(page: Page, file: string, isFullPage = false): Promise<void> {
  await page.screenshot({ path: file, fullPage: isFullPage, animations: 'disabled' })
}
