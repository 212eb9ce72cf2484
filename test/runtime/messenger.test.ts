import t from 'tap'
import { fromText } from '../../protocol/bytes.ts'
import type { OpenedEnvelope } from '../../protocol/envelope.ts'
import { verifyMessage } from '../../protocol/secp256k1.ts'
import type { Trust } from '../../protocol/trust-list.ts'
import { type Messenger, nodeAead, openMessenger } from '../../runtime/messenger.ts'
import type { Store } from '../../runtime/store.ts'
import type { TrustKeeper } from '../../runtime/trust-keeper.ts'
import {
  ALDER,
  ALDER_KIOSK,
  BIRCH,
  DEMO_NOW,
  demoStation,
  demoTrust,
  demoTrustBody,
} from '../kit/demo-trust.ts'
import { openTemporaryStore } from '../kit/temporary-store.ts'
import { createManualClock } from './manual-clock.ts'

const TRUST = demoTrust()
const CORRELATION = new Uint8Array(16).fill(7)
const REQUEST = { type: 'enrolment', to: ALDER, body: fromText('body'), ttlS: 60 } as const

function open(path: string, store: Store, clock = createManualClock(DEMO_NOW), trust = TRUST) {
  const keeper: TrustKeeper = { current: trust, bytes: new Uint8Array(), offer: async () => false }
  const station = demoStation(path)
  return openMessenger({ station, trust: keeper, clock, store, verify: verifyMessage })
}

function opened(messenger: Messenger, bytes: Uint8Array): OpenedEnvelope {
  const result = messenger.open(bytes)
  if ('fault' in result) throw new Error(result.fault)
  return result
}

t.test('what one station composes, the other opens', async (t) => {
  const { store } = await openTemporaryStore(t)
  const kiosk = await open(ALDER_KIOSK, store)
  const gateway = await open(ALDER, store)
  const envelope = opened(gateway, kiosk.compose({ ...REQUEST, correlation: CORRELATION }))
  t.match(envelope, { ...REQUEST, correlation: CORRELATION, issued: DEMO_NOW, sequence: 0 })
  t.equal(envelope.sender.station, ALDER_KIOSK)
  t.equal(opened(gateway, kiosk.compose(REQUEST)).sequence, 1)
  t.match(kiosk.open(kiosk.compose(REQUEST)), { fault: 'not-for-us' })
  t.match(gateway.open(fromText('noise')), { fault: 'malformed' })
})

t.test('each start has an epoch of its own, durably', async (t) => {
  const temporary = await openTemporaryStore(t)
  t.equal((await open(ALDER_KIOSK, temporary.store)).epoch, 1)
  t.equal((await open(ALDER_KIOSK, await temporary.restart())).epoch, 2)
  const both = await Promise.all([
    open(ALDER_KIOSK, temporary.store),
    open(ALDER_KIOSK, temporary.store),
  ])
  t.same(both.map(({ epoch }) => epoch).sort(), [3, 4])
})

t.test('a store that lost count is not counted on', async (t) => {
  const { store } = await openTemporaryStore(t)
  const value = fromText('some')
  await store.commit({ writes: [{ table: 'messenger', key: 'epoch', value }] })
  await t.rejects(open(ALDER_KIOSK, store), { code: 'store.damaged' })
})

t.test('a sealed body opens for its addressee alone', async (t) => {
  const { store } = await openTemporaryStore(t)
  const kiosk = await open(ALDER_KIOSK, store)
  const gateway = await open(ALDER, store)
  const bytes = kiosk.compose({ ...REQUEST, correlation: CORRELATION, isSealed: true })
  const envelope = opened(gateway, bytes)
  t.notSame(envelope.body, REQUEST.body)
  t.same(gateway.openSealed(envelope), REQUEST.body)
  t.equal((await open(BIRCH, store)).openSealed(envelope), undefined)
  t.equal(gateway.openSealed({ ...envelope, type: 'dup.query' }), undefined)
  t.equal(gateway.openSealed({ ...envelope, body: fromText('noise') }), undefined)
})

t.test('nothing is sealed to a station without a key in force', async (t) => {
  const { store } = await openTemporaryStore(t)
  const clock = createManualClock(DEMO_NOW)
  const kiosk = await open(ALDER_KIOSK, store, clock)
  const to = 'demo.east.lime.oak'
  t.throws(() => kiosk.compose({ ...REQUEST, to, isSealed: true }), {
    code: 'call.no-recipient-key',
    message: /oak/,
  })
  t.ok(kiosk.compose({ ...REQUEST, to }), 'unsealed needs none')
  const noKeys: Trust = demoTrust(demoTrustBody([]))
  const lonely = await open(ALDER_KIOSK, store, clock, noKeys)
  t.throws(() => lonely.compose({ ...REQUEST, isSealed: true }), { code: 'call.no-recipient-key' })
})

t.test('the time is the clock’s, when composing and when opening', async (t) => {
  const { store } = await openTemporaryStore(t)
  const clock = createManualClock(DEMO_NOW)
  const kiosk = await open(ALDER_KIOSK, store, clock)
  const gateway = await open(ALDER, store, clock)
  const bytes = kiosk.compose(REQUEST)
  clock.advance(660)
  t.notOk('fault' in gateway.open(bytes))
  clock.advance(1)
  t.match(gateway.open(bytes), { fault: 'expired' })
  t.equal(opened(gateway, kiosk.compose(REQUEST)).issued, DEMO_NOW + 661)
})

t.test('AES-256-GCM of this machine is what the protocol takes', async (t) => {
  const [key, nonce] = [new Uint8Array(32), new Uint8Array(12)]
  const sealed = nodeAead.seal(key, nonce, CORRELATION, REQUEST.body)
  t.equal(sealed.length, REQUEST.body.length + 16)
  t.same(nodeAead.open(key, nonce, CORRELATION, sealed), REQUEST.body)
  t.equal(nodeAead.open(key, nonce, new Uint8Array(), sealed), undefined)
})
