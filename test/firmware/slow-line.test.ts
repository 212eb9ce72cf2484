import t, { type Test } from 'tap'
import { LINE_PROFILES, type LineProfile, startTcpShaper } from '../../bench/line/shaper.ts'
import { pageAssets } from '../../cli/start/page-routes.ts'
import { startKiosk } from '../../firmware/kiosk.ts'
import type { KioskState } from '../../firmware/kiosk-state.ts'
import { kioskRoutes } from '../../firmware/routes.ts'
import { processTimers } from '../../hardware/timers.ts'
import { startHttp } from '../../runtime/http.ts'
import { connectMqtt } from '../../runtime/mqtt-transport.ts'
import { systemTimers } from '../../runtime/timers.ts'
import { browserAbsent, launchBrowser, openPage, shoot } from '../kit/browser.ts'
import { ALDER, ALDER_KIOSK } from '../kit/demo-trust.ts'
import { createMemoryStore } from '../kit/memory-store.ts'
import { blankCard, createPlace, kioskDeps } from './bench.ts'
import { startRealDistrict } from './district.ts'

/** The full run takes each line at its true pace; the quick one has the same packets, 20 times as fast. */
const isFull = process.env['PERSONHOOD_TEST_FULL'] !== undefined
const PACE = isFull ? 1 : 20
const paced = isFull ? '' : `, at ${PACE} times its pace`
const shots = process.env['PERSONHOOD_SHOTS']

type LineOptions = {
  readonly profile: LineProfile
  readonly areTemplatesCoded?: boolean
  readonly timeScale?: number
}

/** A kiosk and its gateway, and a slow line between them. */
async function openLine(t: Test, options: LineOptions) {
  const { profile, areTemplatesCoded = true, timeScale = PACE } = options
  const district = await startRealDistrict(t)
  const shaper = await startTcpShaper({
    ...{ targetPort: district.port, profile, seed: 1, timeScale, timers: systemTimers },
  })
  t.teardown(() => shaper.close())
  const place = createPlace(processTimers, { speed: Number.POSITIVE_INFINITY })
  const world = { clock: district.clock, timers: processTimers, stations: [ALDER, ALDER_KIOSK] }
  const transport = connectMqtt({
    url: `mqtt://127.0.0.1:${shaper.port}`,
    ...{ clientId: ALDER_KIOSK, username: ALDER_KIOSK, random: Math.random, retryMinMs: 100 },
  })
  const store = createMemoryStore()
  const deps = await kioskDeps(world, ALDER_KIOSK, { store, place, transport, leases: [] })
  const relay = { ...deps.config.relay, line: '2g', areTemplatesCoded } as const
  const kiosk = await startKiosk({ ...deps, config: { ...deps.config, relay } })
  t.teardown(async () => {
    await kiosk.close()
    await transport.close()
  })
  const reach = (isTrue: (state: KioskState) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const stop = kiosk.onState((state) => {
        if (!isTrue(state)) return
        stop()
        resolve()
      })
      if (isTrue(kiosk.state)) {
        stop()
        resolve()
      }
    })
  /** To the screen that says that the card is ready, which no line may hold up. */
  async function enrol(): Promise<void> {
    await reach(({ indicesLeft }) => indicesLeft > 0)
    place.standing = { person: 1 }
    await kiosk.command({ name: 'begin' })
    await kiosk.command({ name: 'consent', isGiven: true })
    await reach(({ screen }) => screen.name === 'card')
    place.lay(blankCard(1))
    await reach(({ screen }) => screen.name === 'done')
  }
  return { district, shaper, kiosk, reach, enrol }
}

for (const [name, profile] of Object.entries(LINE_PROFILES)) {
  t.test(`an enrolment becomes final over ${name}${paced}`, { timeout: 600_000 }, async (t) => {
    const { shaper, kiosk, reach, enrol, district } = await openLine(t, { profile })
    const whileDone: boolean[] = []
    kiosk.onState(({ screen }) => {
      if (screen.name === 'done') whileDone.push(screen.isOnItsWay)
    })
    await enrol()
    t.equal(whileDone[0], true, 'the card is ready while the record is on its way')
    await reach(({ enrolments }) => enrolments.final === 1)
    t.match(kiosk.state.link, { queued: 0, receipts: 1, refused: 0 })
    t.equal(district.gateway.state.counts.enrolments, 1)
    t.equal(shaper.counts.resets, 0)
  })
}

t.test(`a plain enrolment in chunks outlives a reset${paced}`, { timeout: 600_000 }, async (t) => {
  const profile = LINE_PROFILES['40k']
  const { shaper, kiosk, reach, enrol, district } = await openLine(t, {
    profile,
    areTemplatesCoded: false,
  })
  await enrol()
  const before = shaper.counts.sentBytes
  // The first of two chunks is through, and the second under way; on a busy machine both may be.
  while (shaper.counts.sentBytes < before + 5000 && kiosk.state.link.queued > 0) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  shaper.reset()
  const isBack = (): boolean => shaper.counts.connections >= 2
  await reach(({ enrolments, link }) => enrolments.final === 1 && link.isConnected && isBack())
  t.equal(district.gateway.state.counts.enrolments, 1)
  const chunks = district.gateway.state.traffic.types.find(({ type }) => type === 'chunk')
  t.ok((chunks?.received ?? 0) >= 2)
})

t.test(
  'the page says what is going on while the line is slow',
  { skip: browserAbsent() ?? false, timeout: 290_000 },
  async (t) => {
    // At a stall with each packet the record is on its way for as long as a look takes.
    const profile = { ...LINE_PROFILES['20k'], stallChance: 1 }
    const { kiosk, enrol, reach } = await openLine(t, { profile, timeScale: 20 })
    const routes = kioskRoutes(kiosk, '')
    const assets = await pageAssets('kiosk', '/')
    const server = await startHttp({ routes: routes.routes, assets, port: 0 })
    const browser = await launchBrowser()
    t.teardown(async () => {
      await browser.close()
      routes.close()
      await server.close()
    })
    const { page } = await openPage(browser, `${server.url}/`)
    await page.locator('details.operator summary').click()
    await enrol()
    await page.getByText('on its way to the district').waitFor({ timeout: 60_000 })
    t.match(await page.innerText('footer'), /1 record waits/)
    if (shots !== undefined) await shoot(page, `${shots}/kiosk-slow-line.png`)
    await reach(({ enrolments }) => enrolments.final === 1)
    await page.getByText('The district has checked you').waitFor({ timeout: 60_000 })
    t.pass()
  },
)
