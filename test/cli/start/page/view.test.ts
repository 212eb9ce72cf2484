import t from 'tap'
import { browserAbsent, openPage, SIZES } from '../../../kit/browser.ts'
import { BUSY_GATEWAY, EMPTY_GATEWAY } from '../../../kit/gateway-states.ts'
import { kioskState } from '../../../kit/kiosk-states.ts'
import { faultsOf, visibleText } from '../../../kit/page-checks.ts'
import { stagePages } from '../../../kit/page-stage.ts'
import {
  CROWDED_ROOM,
  ROOM,
  ROOM_AFTER_ENROLMENT,
  ROOM_AT_THE_END,
} from '../../../kit/room-states.ts'

const skip = browserAbsent()
t.setTimeout(290_000)

t.test('the overview', { skip: skip ?? false }, async (t) => {
  const { browser, server } = await stagePages(t, {
    '/': { folder: 'overview', stateUrl: 'room/events', commandUrl: 'room/commands' },
    '/kiosk/east/': { folder: 'kiosk' },
    '/kiosk/west/': { folder: 'kiosk' },
    '/gateway/east/': { folder: 'gateway' },
    '/gateway/west/': { folder: 'gateway' },
  })
  for (const name of ['east', 'west']) {
    server.push(`/kiosk/${name}/`, kioskState({ name: 'idle' }))
    server.push(`/gateway/${name}/`, name === 'east' ? BUSY_GATEWAY : EMPTY_GATEWAY)
  }
  const url = `${server.url}/`
  const lastCommand = async (act: () => Promise<void>): Promise<unknown> => {
    const before = server.commands.length
    await act()
    while (server.commands.length === before) await new Promise(setImmediate)
    return server.commands.at(-1)?.body
  }

  t.test('is legible at every step and size, and silent under the policy', async (t) => {
    for (const size of [...SIZES, { width: 1440, height: 900 }]) {
      server.push('/', ROOM)
      const { page, problems } = await openPage(browser, url, size)
      for (const state of [ROOM, ROOM_AFTER_ENROLMENT, ROOM_AT_THE_END, CROWDED_ROOM]) {
        server.push('/', state)
        await page.locator('.overview').waitFor()
        await page.evaluate('new Promise((done) => requestAnimationFrame(() => done(0)))')
        t.same(await faultsOf(page), [], `${size.width} ${state.guide.hint}`)
      }
      t.same(problems, [])
      await page.context().close()
    }
  })

  t.test('shows each district’s kiosk and gateway inside itself', async (t) => {
    server.push('/', ROOM)
    const { page } = await openPage(browser, url)
    for (const name of ['East', 'West']) {
      const kiosk = page.frameLocator(`iframe[title*="Kiosk in"][title*="${name}"]`)
      await kiosk.getByRole('button', { name: 'Touch to begin' }).waitFor()
    }
    for (const name of ['East', 'West']) {
      const gateway = page.locator(`iframe[title*="Gateway of"][title*="${name}"]`)
      await gateway.scrollIntoViewIfNeeded()
      const frame = gateway.contentFrame()
      await frame.getByRole('heading', { name: 'Cases for people' }).waitFor()
      t.match(await frame.locator('body').innerText(), name === 'East' ? /91c04f3a/ : /No case/)
    }
    await page.context().close()
  })

  t.test('a press on a kiosk inside the overview reaches that kiosk', async (t) => {
    server.push('/', ROOM)
    const { page } = await openPage(browser, url)
    const kiosk = page.frameLocator('iframe[title*="Kiosk in"][title*="West"]')
    const body = await lastCommand(() => kiosk.getByRole('button', { name: 'Touch' }).click())
    t.same(body, { name: 'begin' })
    t.equal(server.commands.at(-1)?.prefix, '/kiosk/west/')
    await page.context().close()
  })

  t.test('people walk and cards are laid down by one press each', async (t) => {
    server.push('/', ROOM_AFTER_ENROLMENT)
    const { page } = await openPage(browser, url)
    const press = (district: string, name: string | RegExp): Promise<unknown> =>
      lastCommand(() =>
        page
          .getByRole('region', { name: new RegExp(district) })
          .getByRole('button', { name })
          .click(),
      )
    t.same(await press('West', 'Leila'), { name: 'stand', kiosk: 'west', resident: 'leila' })
    t.same(await press('West', 'Nobody'), { name: 'stand', kiosk: 'west', resident: null })
    t.same(await press('West', 'A new card'), { name: 'place', kiosk: 'west', card: 'new' })
    t.same(await press('West', /Tomás.*card/), { name: 'place', kiosk: 'west', card: 'tomas-1' })
    t.same(await press('East', 'Lift it'), { name: 'remove', kiosk: 'east' })
    const room = await visibleText(page, '.room >> nth=0')
    t.match(room, /On the card reader Leila, card 1 Lift it/)
    await page.context().close()
  })

  t.test('a folder of many people is a list, not a wall of buttons', async (t) => {
    server.push('/', CROWDED_ROOM)
    const { page } = await openPage(browser, url)
    const body = await lastCommand(async () => {
      await page.getByRole('combobox').first().selectOption('Subject 42')
    })
    t.same(body, { name: 'stand', kiosk: 'east', resident: 'subject-42' })
    await page.context().close()
  })

  t.test('the tour says what to press, does it, and ends with the case', async (t) => {
    server.push('/', ROOM)
    const { page } = await openPage(browser, url)
    await page.getByText('walks to the kiosk').waitFor()
    t.equal(await page.locator('.tour [aria-current=step]').count(), 1)
    const body = await lastCommand(() => page.getByRole('button', { name: /^Walk/ }).click())
    t.same(body, { name: 'stand', kiosk: 'east', resident: 'leila' })
    server.push('/', ROOM_AT_THE_END)
    await page.getByText('keeps a working card').waitFor()
    t.equal(await page.getByRole('img', { name: 'done' }).count(), 3)
    await page.context().close()
  })

  t.test('what cannot be seen holds no connection', async (t) => {
    server.push('/', ROOM)
    const { page } = await openPage(browser, url, { width: 1280, height: 480 })
    const until = async (prefix: string, n: number): Promise<void> => {
      while (server.followers(prefix) !== n) await page.waitForTimeout(10)
    }
    const gateway = page.locator('iframe.gateway').first()
    await until('/', 1)
    await until('/gateway/east/', 0)
    await gateway.scrollIntoViewIfNeeded()
    await until('/gateway/east/', 1)
    await page.evaluate(`(() => {
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    })()`)
    await until('/', 0)
    server.push('/', ROOM_AT_THE_END)
    await page.evaluate(`(() => {
      delete document.visibilityState
      document.dispatchEvent(new Event('visibilitychange'))
    })()`)
    await page.getByText('keeps a working card').waitFor()
    t.equal(server.followers('/'), 1)
    await page.context().close()
  })
})
