import t, { type Test } from 'tap'
import { type Kiosk, startKiosk } from '../../firmware/kiosk.ts'
import type { KioskState } from '../../firmware/kiosk-state.ts'
import { goneMessage } from '../../firmware/relay/presence.ts'
import { processTimers } from '../../hardware/timers.ts'
import { parseSign1 } from '../../protocol/cose-sign1.ts'
import { envelopeSchema } from '../../protocol/envelope.ts'
import { kioskPresenceSchema } from '../../protocol/messages/kiosk-presence.ts'
import { decodeRecord } from '../../protocol/schema.ts'
import { kioskState } from '../../protocol/topics.ts'
import type { Messenger } from '../../runtime/messenger.ts'
import { connectMqtt } from '../../runtime/mqtt-transport.ts'
import type { Transport } from '../../runtime/transport.ts'
import { ALDER, ALDER_KIOSK } from '../kit/demo-trust.ts'
import { createMemoryStore } from '../kit/memory-store.ts'
import { startTcpProxy, type TcpProxy } from '../runtime/tcp-proxy.ts'
import { BENCH_LEASE, blankCard, createPlace, kioskDeps, type Place } from './bench.ts'
import { type RealDistrict, startRealDistrict } from './district.ts'

type Rig = {
  readonly district: RealDistrict
  readonly proxy: TcpProxy
  readonly kiosk: Kiosk
  readonly place: Place
  reach(isTrue: (state: KioskState) => boolean): Promise<void>
  enrol(person: number): Promise<void>
}

/** A kiosk that reaches its broker through a line that can be cut. */
async function openRig(t: Test): Promise<Rig> {
  const district = await startRealDistrict(t)
  const proxy = await startTcpProxy(district.port)
  t.teardown(() => proxy.close())
  const place = createPlace(processTimers, { speed: Number.POSITIVE_INFINITY })
  const world = { clock: district.clock, timers: processTimers, stations: [ALDER, ALDER_KIOSK] }
  const store = createMemoryStore()
  const transport = (messenger: Messenger): Transport =>
    connectMqtt({
      url: `mqtt://127.0.0.1:${proxy.port}`,
      clientId: ALDER_KIOSK,
      username: ALDER_KIOSK,
      will: goneMessage(messenger, ALDER_KIOSK),
      random: Math.random,
      ...{ retryMinMs: 20, retryMaxMs: 60, keepaliveS: 1, connectTimeoutMs: 1000 },
    })
  const deps = await kioskDeps(world, ALDER_KIOSK, { store, place, transport, leases: [] })
  const kiosk = await startKiosk(deps)
  t.teardown(async () => {
    await kiosk.close()
    await deps.transport.close()
  })
  const reach: Rig['reach'] = (isTrue) =>
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
  return {
    ...{ district, proxy, kiosk, place, reach },
    async enrol(person) {
      place.standing = { person }
      await kiosk.command({ name: 'begin' })
      await kiosk.command({ name: 'consent', isGiven: true })
      await reach(({ screen }) => screen.name === 'card')
      const card = blankCard(person)
      place.lay(card)
      await reach(({ screen }) => screen.name === 'done')
      place.lift(card)
      await kiosk.command({ name: 'acknowledge' })
    },
  }
}

t.test('enrolments made while the line is cut drain when it is back', async (t) => {
  const { district, proxy, kiosk, reach, enrol } = await openRig(t)
  await reach(({ indicesLeft }) => indicesLeft === BENCH_LEASE.count)
  proxy.cut()
  await reach(({ link }) => !link.isConnected)
  await enrol(1)
  await enrol(2)
  t.match(kiosk.state.link, { queued: 2, receipts: 0, isConnected: false })
  proxy.restore()
  await kiosk.idle()
  t.match(kiosk.state.link, { queued: 0, receipts: 2, refused: 0 })
  await reach(({ enrolments }) => enrolments.final === 2)
  t.equal(district.gateway.state.counts.enrolments, 2)
})

t.test('a line that goes dead without a word loses nothing', async (t) => {
  const { district, proxy, kiosk, reach, enrol } = await openRig(t)
  await reach(({ indicesLeft }) => indicesLeft === BENCH_LEASE.count)
  proxy.freeze()
  await enrol(1)
  t.equal(kiosk.state.link.queued, 1)
  proxy.cut()
  await reach(({ link }) => !link.isConnected)
  proxy.restore()
  await kiosk.idle()
  t.equal(district.gateway.state.counts.enrolments, 1)
})

t.test('the line is cut again and again, and each enrolment arrives once', async (t) => {
  const { district, proxy, kiosk, reach, enrol } = await openRig(t)
  await reach(({ indicesLeft }) => indicesLeft === BENCH_LEASE.count)
  for (let person = 1; person <= 4; person++) {
    if (person % 2 === 0) proxy.cut()
    await enrol(person)
    proxy.cut()
    proxy.restore()
  }
  await kiosk.idle()
  t.equal(district.gateway.state.counts.enrolments, 4)
  t.equal(kiosk.state.link.receipts, 4)
})

t.test('the district sees that a kiosk is there, and its will says when it is gone', async (t) => {
  const { district, proxy, reach } = await openRig(t)
  const watcher = district.connect('watcher')
  t.teardown(() => watcher.close())
  const seen: boolean[] = []
  let wake = (): void => {}
  await watcher.subscribe(kioskState(ALDER, 'k1'), ({ payload }) => {
    const { body } = decodeRecord(envelopeSchema, parseSign1(payload).payload)
    seen.push(decodeRecord(kioskPresenceSchema, body).isHere)
    wake()
  })
  const until = async (isHere: boolean): Promise<void> => {
    while (seen.at(-1) !== isHere) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  await reach(({ link }) => link.isConnected)
  await until(true)
  proxy.cut()
  await until(false)
  proxy.restore()
  await until(true)
  t.pass()
})
