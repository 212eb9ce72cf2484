import t from 'tap'
import type { Screen } from '../../../firmware/kiosk-state.ts'
import { browserAbsent, openPage, PANE, SIZES } from '../../kit/browser.ts'
import {
  AWAY,
  CAPTURES,
  CONSENT,
  kioskState,
  SCREENS,
  SECOND_LOOK,
  TAPS,
  TROUBLE,
} from '../../kit/kiosk-states.ts'
import { faultsOf, hiddenHeight, visibleText } from '../../kit/page-checks.ts'
import { stageKiosk } from '../../kit/page-stage.ts'

/** Stands in for the loudspeaker: keeps the pitch of each tone that is started. */
const RECORD_TONES = `
  window.isTouched = false
  // To the browser, a script of the test's is a touch already.
  Object.defineProperty(navigator, 'userActivation', {
    get: () => ({ hasBeenActive: window.isTouched }),
  })
  window.heard = []
  const param = { setValueAtTime() {}, linearRampToValueAtTime() {} }
  window.AudioContext = class {
    currentTime = 0
    createGain() { return { gain: param, connect: (next) => next } }
    createOscillator() {
      const frequency = {}
      return { frequency, connect: (next) => next, start() { window.heard.push(frequency.value) }, stop() {} }
    }
  }`

const skip = browserAbsent()
t.setTimeout(290_000)

t.test('the kiosk page', { skip: skip ?? false }, async (t) => {
  const { browser, url, push } = await stageKiosk(t)

  t.test('shows every screen, legible at every size, with nothing to scroll', async (t) => {
    for (const size of [...SIZES, PANE]) {
      push(kioskState({ name: 'idle' }))
      const { page, problems } = await openPage(browser, url, size)
      // Trouble takes the most room, so the small size shows it too.
      for (const more of size === SIZES[1] ? [{}, TROUBLE] : [{}]) {
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

  t.test(
    'a step whose device is away asks for a moment, and the operator reads which cable',
    async (t) => {
      const waiting: readonly (readonly [Screen, RegExp])[] = [
        [{ name: 'idle' }, /Touch to begin.*One moment, please.*Your card is fine/],
        [CAPTURES[1] ?? CONSENT, /^One moment, please.*Nothing is lost.*Stop and erase/],
        [{ name: 'card', step: 'place' }, /^One moment, please.*Stop here/],
        [{ name: 'card', step: 'writing' }, /^One moment, please.*Finish this later/],
      ]
      for (const size of SIZES) {
        push(kioskState({ name: 'idle' }))
        const { page } = await openPage(browser, url, size)
        for (const [screen, words] of waiting) {
          const pausedFor = screen.name === 'capture' ? 'orb' : 'reader'
          push(kioskState(screen, { ...AWAY[pausedFor], pausedFor }))
          await page.locator(`.screen-${screen.name}`).waitFor()
          await page.getByText('One moment, please').first().waitFor()
          t.match(await visibleText(page, 'main'), words)
          t.match(await visibleText(page, 'footer'), /Plug in the cable marked/)
          t.same(await faultsOf(page), [], `${size.width} ${screen.name}`)
          t.ok((await hiddenHeight(page, 'main')) <= 1)
        }
        await page.context().close()
      }
    },
  )

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

  t.test('a go says what it rests on, in whole milliseconds; a ticket shows its day', async (t) => {
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
        isOnItsWay: false,
        isFinalWaiting: true,
        secondLook: SECOND_LOOK,
      }),
    )
    await page.locator('.second-look').waitFor()
    const text = await visibleText(page, 'main')
    t.match(text, /We need a second look.*4f3a 91c0.*Thursday,? 26 November.*keep every right/)
    await page.context().close()
  })

  t.test('each tap outcome is heard once, and only after a first touch', async (t) => {
    push(kioskState({ name: 'idle' }))
    const { page } = await openPage(browser, url)
    await page.locator('.screen-idle').waitFor()
    await page.evaluate(RECORD_TONES)
    const heard = (): Promise<string> => page.evaluate('window.heard.splice(0).join(" ")')
    const show = async (screen: Screen): Promise<string> => {
      push(kioskState({ name: 'idle' }))
      await page.locator('.screen-idle').waitFor()
      const last = push(kioskState(screen))
      push(kioskState(screen, { people: last }))
      await page
        .getByText(new RegExp(`^\u2068?${last}\u2069? searched`))
        .waitFor({ state: 'attached' })
      return heard()
    }
    const signals = TAPS.filter(
      ({ outcome }, i) => TAPS.findIndex((tap) => tap.outcome === outcome) === i,
    )
    t.equal(await show(signals[0] ?? CONSENT), '', 'a browser allows no sound yet')
    await page.evaluate('window.isTouched = true')
    const all: string[] = []
    for (const screen of signals) all.push(await show(screen))
    t.same(all, ['1047', '262 262', '659 494', '523 523 523'])
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

  t.test(
    'a kiosk that its broker does not let in says so, and the operator can try again',
    async (t) => {
      const { link } = kioskState({ name: 'idle' })
      push(kioskState({ name: 'idle' }, { link: { ...link, isConnected: false, isRefused: true } }))
      const { page } = await openPage(browser, url, SIZES[1])
      await page.locator('summary').click()
      t.match(await visibleText(page, 'footer'), /Not let in.*Everything is saved here/)
      t.same(await faultsOf(page), [])
      const sent = page.waitForRequest((request) => request.url().endsWith('/commands'))
      await page.getByRole('button', { name: 'Try the line again' }).click()
      t.same((await sent).postDataJSON(), { name: 'try-the-line' })
      push(kioskState({ name: 'idle' }))
      await page.getByRole('button', { name: 'Try the line again' }).waitFor({ state: 'detached' })
      await page.context().close()
    },
  )
})
