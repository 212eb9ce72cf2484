import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { browserAbsent, launchBrowser, openPage, shoot } from '../kit/browser.ts'

const MAIN = fileURLToPath(new URL('../../cli/main.js', import.meta.url))
/** With this variable the screenshots of the documents are made anew. */
const shots = process.env['PERSONHOOD_SHOTS']
const TALL = { width: 1440, height: 1500 }
const TOUR_MS = 150_000

/** `npm start` without its build: the address that it prints. */
async function start(t: Test): Promise<{ url: string; stop: () => Promise<unknown> }> {
  const folder = mkdtempSync(join(tmpdir(), 'tour-'))
  const child = spawn(
    process.execPath,
    [MAIN, 'start', '--port', '0', '--dir', join(folder, 'w')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const stop = () => {
    child.kill('SIGTERM')
    return ended
  }
  t.teardown(async () => {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  })
  for await (const url of createInterface({ input: child.stdout })) return { url, stop }
  throw new Error('it printed no address')
}

/** Does what the tour asks for: its own button, or the one that it names on a kiosk. */
async function followHint(page: Page): Promise<string> {
  const tour = page.locator('.tour .next')
  const hint = (await tour.locator('[role=status]').innerText()).trim()
  const [, label] = /“(.+)”/.exec(hint) ?? []
  const district = /harbour|hillside/i.exec(hint)?.[0]?.toLowerCase() ?? ''
  const kiosk = page.frames().find((frame) => frame.url().includes(`/kiosk/${district}`))
  const named = hint.startsWith('Press the button')
    ? kiosk?.getByRole('main').getByRole('button').first()
    : kiosk?.getByRole('button', { name: label ?? 'no such button' })
  const button = tour.locator('button')
  // What is pressed may be gone by then: the next look at the hint tells. Newcomers press twice.
  const isTourOwn = (await button.count()) > 0
  const press = isTourOwn ? button.dblclick({ timeout: 1000 }) : named?.click({ timeout: 1000 })
  await press?.catch(() => undefined)
  return hint
}

t.test(
  'a newcomer follows the tour and sees the second enrolment caught',
  { skip: browserAbsent() ?? false, timeout: 290_000 },
  async (t) => {
    const { url, stop } = await start(t)
    const browser = await launchBrowser()
    t.teardown(() => browser.close())
    const { page, problems } = await openPage(browser, url, TALL)
    const done = page.locator('.tour li.past')
    const seen: string[] = []
    const end = Date.now() + TOUR_MS
    while ((await done.count()) < 3 && Date.now() < end) {
      const hint = await followHint(page)
      if (seen.at(-1) !== hint) seen.push(hint)
      if (shots !== undefined) await shootSteps(page, shots)
      await page.waitForTimeout(150)
    }
    t.equal(await done.count(), 3, seen.join(' | '))
    const gateway = page.frames().find((frame) => frame.url().includes('/gateway/hillside'))
    await gateway
      ?.getByText(/for people/i)
      .first()
      .waitFor()
    if (shots !== undefined) await shoot(page, join(shots, 'overview.png'), true)
    t.same(problems, [], 'nothing in the console')
    t.equal(await stop(), 0, 'a request to end is obeyed cleanly')
  },
)

const taken = new Set<string>()

/** The challenge is under way, and its frame has arrived. */
const IS_WORTH_A_PICTURE = `document.querySelector('.prompt')?.textContent === 'Look at the ring' &&
  document.querySelector('.frame img')?.naturalWidth > 0`

/** The kiosk's screens as they come by, each once. */
async function shootSteps(page: Page, folder: string): Promise<void> {
  for (const frame of page.frames().filter((each) => each.url().includes('/kiosk/'))) {
    const names = await frame
      .locator('.kiosk')
      .getAttribute('class')
      .catch(() => null)
    const [, screen] = /screen-(\S+)/.exec(names ?? '') ?? []
    if (screen === undefined || taken.has(screen)) continue
    const isReady = screen !== 'capture' || (await frame.evaluate<boolean>(IS_WORTH_A_PICTURE))
    if (!isReady) continue
    taken.add(screen)
    await page.mouse.move(1, 1)
    const file = join(folder, `kiosk-${screen}.png`)
    await frame.locator('body').screenshot({ path: file, animations: 'disabled' })
  }
}
