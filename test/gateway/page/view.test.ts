import t from 'tap'
import { browserAbsent, openPage, SIZES } from '../../kit/browser.ts'
import { BUSY_GATEWAY, EMPTY_GATEWAY } from '../../kit/gateway-states.ts'
import { NOW } from '../../kit/kiosk-states.ts'
import { elementCount, faultsOf, visibleText } from '../../kit/page-checks.ts'
import { stagePages } from '../../kit/page-stage.ts'

const PREFIX = '/gateway/east/'
const skip = browserAbsent()
t.setTimeout(290_000)

t.test('the gateway console', { skip: skip ?? false }, async (t) => {
  const { browser, server } = await stagePages(t, { [PREFIX]: { folder: 'gateway' } })
  const url = server.url + PREFIX

  t.test('is legible empty and busy, at both sizes', async (t) => {
    for (const size of SIZES) {
      for (const state of [EMPTY_GATEWAY, BUSY_GATEWAY, { ...BUSY_GATEWAY, isConnected: false }]) {
        server.push(PREFIX, state)
        const { page, problems } = await openPage(browser, url, size)
        await page.locator('.console').waitFor()
        t.same(await faultsOf(page), [], `${size.width}, ${state.enrolments.length} enrolments`)
        t.same(problems, [])
        await page.context().close()
      }
    }
  })

  t.test('empty parts say what will appear and how', async (t) => {
    server.push(PREFIX, EMPTY_GATEWAY)
    const { page } = await openPage(browser, url)
    await page.locator('.console').waitFor()
    t.equal(await page.locator('.empty').count(), 5)
    const text = await visibleText(page)
    t.match(text, /No enrolment yet\. Each one appears here a moment after a kiosk sends it/)
    t.match(text, /No case is open\. One appears when two enrolments look alike/)
    await page.context().close()
  })

  t.test('a case shows both eyes, its deadline and no verdict', async (t) => {
    server.push(PREFIX, BUSY_GATEWAY)
    const { page } = await openPage(browser, url)
    const first = page.locator('.case').first()
    await first.waitFor()
    const text = await visibleText(page, '.case >> nth=0')
    t.match(text, /Case 91c04f3a The other enrolment is in district West/)
    t.match(text, /Look at the left eye as usual all-checks Answer to light: as usual. Reflections/)
    t.match(text, /right eye not as usual, and the operator saw an own eye/)
    t.match(text, /Left eye 11.8 % of bits differ Right eye 14.3 % of bits differ/)
    t.match(text, /Two people decide by 26 Nov, 09:30, in 2 days/)
    t.equal(
      await first.locator('.value').first().getAttribute('width'),
      String((0.118 / 0.5) * 100),
      'the bar ends where two different eyes are',
    )
    const third = await visibleText(page, '.case >> nth=2')
    t.match(third, /something to look at, and the operator saw an own eye, after 3 looks/)
    t.match(
      await visibleText(page, '.case >> nth=1'),
      /Compared crosswise: left eye of one with right of the other.*could not be compared.*Extended/,
    )
    await page.context().close()
  })

  t.test('a table that is wider than the window can be scrolled by keyboard', async (t) => {
    server.push(PREFIX, BUSY_GATEWAY)
    const { page } = await openPage(browser, url, { width: 480, height: 640 })
    const table = page.locator('.part-enrolments .table')
    await table.focus()
    await page.keyboard.press('ArrowRight')
    await page.waitForFunction('document.querySelector(".part-enrolments .table").scrollLeft > 0')
    t.same(await faultsOf(page), [])
    await page.context().close()
  })

  t.test('a thousand snapshots leave no more elements than one', async (t) => {
    server.push(PREFIX, BUSY_GATEWAY)
    const { page } = await openPage(browser, url)
    await page.locator('.case').first().waitFor()
    const before = await elementCount(page)
    for (let i = 0; i < 1000; i++) {
      const state = i % 3 === 0 ? EMPTY_GATEWAY : BUSY_GATEWAY
      server.push(PREFIX, { ...state, now: NOW + i })
    }
    server.push(PREFIX, { ...BUSY_GATEWAY, leaves: 4711 })
    await page.locator('.tile-leaves', { hasText: '4,711' }).waitFor()
    t.equal(await elementCount(page), before)
    await page.context().close()
  })
})
