import t from 'tap'
import type { KioskState } from '../../firmware/kiosk-state.ts'
import { browserAbsent, openPage } from '../kit/browser.ts'
import { ATTENDS, CAPTURES, CONSENT, kioskState, SCREENS } from '../kit/kiosk-states.ts'
import { elementCount, faultsOf } from '../kit/page-checks.ts'
import { stageKiosk } from '../kit/page-stage.ts'

const skip = browserAbsent()
t.setTimeout(290_000)

t.test('a page', { skip: skip ?? false }, async (t) => {
  const { browser, server, url, push } = await stageKiosk(t)

  t.test('an enrolment can be gone through with the keyboard alone', async (t) => {
    const press = async (state: KioskState, keys: readonly string[]): Promise<unknown> => {
      const before = server.commands.length
      push(state)
      await page.locator(`.screen-${state.screen.name}`).waitFor()
      for (const key of keys) await page.keyboard.press(key)
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
    t.same(await press(kioskState(capture), ['Tab', 'Enter']), { name: 'no-flashes' })
    const attend = kioskState(ATTENDS[0] ?? CONSENT)
    t.same(await press(attend, ['Tab', 'Enter']), { name: 'confirm-own-eye' })
    t.same(await press(attend, ['Tab', 'Enter']), { name: 'look-again' })
    const done = kioskState({
      name: 'done',
      isOffline: false,
      isOnItsWay: false,
      isFinalWaiting: true,
    })
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
          isFlashing: true,
          isAgain: false,
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
    await page.waitForFunction('document.querySelector(".frame img").naturalWidth === 640')
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
    await page.getByText(/^\u2068?8\u2069? searched on this kiosk/).waitFor({ state: 'attached' })
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
    server.answer = 200
    await page.context().close()
  })
})
