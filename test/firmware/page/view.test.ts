import type { Browser } from 'playwright-core'
import t from 'tap'
import type { KioskState } from '../../../firmware/kiosk-state.ts'
import { browserAbsent, launchBrowser, openPage, SIZES } from '../../kit/browser.ts'
import {
  CAPTURES,
  CONSENT,
  drawnEye,
  kioskState,
  SCREENS,
  SECOND_LOOK,
  TAPS,
  TROUBLE,
} from '../../kit/kiosk-states.ts'
import { elementCount, faultsOf, hiddenHeight, visibleText } from '../../kit/page-checks.ts'
import { type PageServer, servePages } from '../../kit/page-server.ts'

const PREFIX = '/kiosk/north/'
const skip = browserAbsent()

t.test('the kiosk page', { skip: skip ?? false }, async (t) => {
  const browser: Browser = await launchBrowser()
  const server: PageServer = await servePages({ [PREFIX]: { folder: 'kiosk', frame: drawnEye() } })
  t.teardown(async () => {
    await browser.close()
    await server.close()
  })
  const url = server.url + PREFIX
  let revision = 0
  const push = (state: KioskState): number => {
    revision++
    server.push(PREFIX, { ...state, revision })
    return revision
  }

  t.test('shows every screen, legible at both sizes, with nothing to scroll', async (t) => {
    for (const size of SIZES) {
      push(kioskState({ name: 'idle' }))
      const { page, problems } = await openPage(browser, url, size)
      for (const more of [{}, TROUBLE]) {
        for (const screen of SCREENS) {
          push(kioskState(screen, more))
          await page.locator(`.screen-${screen.name}`).waitFor()
          // Two snapshots of one screen follow each other: the second is on screen after a frame.
          await page.evaluate('new Promise((done) => requestAnimationFrame(() => done(0)))')
          const name = `${size.width} ${JSON.stringify(screen).slice(0, 90)}`
          t.same(await faultsOf(page), [], name)
          t.ok((await hiddenHeight(page, 'main')) <= 1, `${name} fits`)
        }
      }
      t.same(problems, [], 'the console stays silent under the policy')
      await page.context().close()
    }
  })

  t.test('each tap outcome has its own words, shape and colour', async (t) => {
    push(kioskState({ name: 'idle' }))
    const { page } = await openPage(browser, url)
    const seen = new Map<string, Set<string>>()
    for (const screen of TAPS) {
      push(kioskState(screen))
      await page.locator(`.tone-${screen.outcome}`).waitFor()
      const ground = await page.evaluate<string>(
        'getComputedStyle(document.querySelector(".kiosk")).backgroundColor',
      )
      const words = await page.locator('h1').innerText()
      const shape = await page.locator('.emblem .icon').getAttribute('class')
      for (const [kind, value] of Object.entries({ ground, words, shape })) {
        const outcomes = seen.get(`${kind} ${value}`) ?? new Set()
        seen.set(`${kind} ${value}`, outcomes.add(screen.outcome))
      }
    }
    t.equal(seen.size, 12, 'four grounds, four headings, four shapes')
    t.ok([...seen.values()].every(({ size }) => size === 1))
    await page.context().close()
  })

  t.test('a go says what it rests on; a ticket shows its number and its day', async (t) => {
    const [first] = TAPS
    if (first === undefined) throw new Error('no tap')
    push(kioskState(first))
    const { page } = await openPage(browser, url)
    await page.locator('.tone-go').waitFor()
    const go = await visibleText(page, 'main')
    t.match(go, /Go ahead.*signature and the card itself.*the district, read in 182 ms/)
    push(
      kioskState({
        name: 'done',
        isOffline: false,
        isFinalWaiting: true,
        secondLook: SECOND_LOOK,
      }),
    )
    await page.locator('.second-look').waitFor()
    const text = await visibleText(page, 'main')
    t.match(text, /We need a second look.*4f3a 91c0.*Thursday,? 26 November.*keep every right/)
    await page.context().close()
  })

  t.test('an enrolment can be gone through with the keyboard alone', async (t) => {
    const press = async (state: KioskState, keys: readonly string[]): Promise<unknown> => {
      const before = server.commands.length
      push(state)
      await page.locator(`.screen-${state.screen.name}`).waitFor()
      for (const key of keys) await page.keyboard.press(key)
      await page.waitForTimeout(0)
      while (server.commands.length === before) await page.waitForTimeout(10)
      return server.commands.at(-1)?.body
    }
    push(kioskState({ name: 'idle' }))
    const { page } = await openPage(browser, url)
    await page.locator('.screen-idle').waitFor()
    t.same(await press(kioskState({ name: 'idle' }), ['Tab', 'Enter']), { name: 'begin' })
    t.same(await press(kioskState(CONSENT), ['Tab', 'Enter']), { name: 'consent', isGiven: true })
    const capture = CAPTURES[2] ?? CONSENT
    t.same(await press(kioskState(capture), ['Tab', 'Enter']), { name: 'cannot-use-this-eye' })
    t.same(await press(kioskState(capture), ['Tab', 'Enter']), { name: 'cancel' })
    const done = kioskState({ name: 'done', isOffline: false, isFinalWaiting: true })
    t.same(await press(done, ['Tab', 'Space']), { name: 'acknowledge' })
    t.ok(
      server.commands.every(({ key }) => key !== undefined && key.length === 32),
      'each with a key of its own',
    )
    t.equal(new Set(server.commands.map(({ key }) => key)).size, server.commands.length)
    await page.context().close()
  })

  t.test('a button that has the focus keeps it while frames arrive', async (t) => {
    push(kioskState(CAPTURES[1] ?? CONSENT))
    const { page } = await openPage(browser, url)
    const button = page.getByRole('button', { name: 'I cannot use this eye' })
    await button.focus()
    for (let frame = 2; frame < 40; frame++) {
      push(
        kioskState({
          name: 'capture',
          eye: 'left',
          attempt: 1,
          instruction: 'hold-still',
          quality: frame,
          frame,
        }),
      )
    }
    await page.getByText('Hold still').waitFor()
    t.equal(
      await page.evaluate('document.activeElement.textContent.trim()'),
      'I cannot use this eye',
    )
    t.ok(await page.locator('.frame img').evaluate('(img) => img.naturalWidth === 640'))
    await page.context().close()
  })

  t.test('a thousand snapshots leave no more elements than one', async (t) => {
    const round = (i: number): void => {
      push(kioskState(SCREENS[i % SCREENS.length] ?? CONSENT))
    }
    push(kioskState({ name: 'idle' }, { people: 7 }))
    const { page } = await openPage(browser, url)
    await page.locator('.screen-idle').waitFor()
    const before = await elementCount(page)
    for (let i = 0; i < 1000; i++) round(i)
    push(kioskState({ name: 'idle' }, { people: 8 }))
    await page.getByText('8 searched on this kiosk').waitFor({ state: 'attached' })
    t.equal(await elementCount(page), before)
    await page.context().close()
  })

  t.test('a lost stream is said, and goes away when the firmware is back', async (t) => {
    push(kioskState({ name: 'idle' }))
    const { page } = await openPage(browser, url)
    await page.locator('.screen-idle').waitFor()
    server.cut(true)
    await page.getByRole('alert').getByText('is lost').waitFor()
    t.equal(await page.locator('.screen-idle').count(), 1, 'the last snapshot stays on screen')
    t.same(await faultsOf(page), [])
    server.cut(false)
    await page.getByRole('alert').getByText('is lost').waitFor({ state: 'detached' })
    push(kioskState({ name: 'checking', people: 3 }))
    await page.locator('.screen-checking').waitFor()
    await page.context().close()
  })

  t.test('a command without an answer is sent again under one key, then said', async (t) => {
    push(kioskState({ name: 'idle' }))
    const { page } = await openPage(browser, url)
    const before = server.commands.length
    server.answer = 0
    await page.getByRole('button', { name: 'Touch to begin' }).click()
    await page.getByRole('alert').getByText('did not answer').waitFor()
    const sent = server.commands.slice(before)
    t.ok(sent.length >= 3)
    t.equal(new Set(sent.map(({ key }) => key)).size, 1)
    server.answer = 204
    await page.context().close()
  })

  t.test('the operator opens the strip and reads what to do', async (t) => {
    push(kioskState({ name: 'idle' }, TROUBLE))
    const { page } = await openPage(browser, url, SIZES[1])
    await page.locator('summary').click()
    const text = await visibleText(page, 'footer')
    t.match(text, /No line/)
    t.match(text, /3 records wait, the oldest for 66 minutes/)
    t.match(text, /cable in port 2/)
    push(kioskState({ name: 'idle' }))
    await page.getByText('Nothing waits').waitFor()
    t.same(await faultsOf(page), [])
    await page.context().close()
  })
})
