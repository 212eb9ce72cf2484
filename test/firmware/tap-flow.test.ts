import t from 'tap'
import { outboxRowSchema } from '../../firmware/relay/outbox-row.ts'
import { createNtag216 } from '../../hardware/nfc/ntag216-simulator.ts'
import { createNtag424, type Ntag424 } from '../../hardware/nfc/ntag424-simulator.ts'
import { encodeCardFile } from '../../protocol/card/layout.ts'
import { parseCredential } from '../../protocol/credential.ts'
import { tapCountsSchema } from '../../protocol/messages/tap-counts.ts'
import { decodeRecord } from '../../protocol/schema.ts'
import { createStatusBits, signStatusList, withStatus } from '../../protocol/status-list.ts'
import { gatewayPublic } from '../../protocol/topics.ts'
import { readFileOf } from '../kit/card-reading.ts'
import { ALDER, DEMO_NOW, demoCredentialBytes, demoSigner, nodeZlib } from '../kit/demo-trust.ts'
import { blankCard } from './bench.ts'
import { openDistrict, openScene } from './scene.ts'

function cardWith(credential: Uint8Array, last = 1): Ntag424 {
  const uid = Uint8Array.of(4, 1, 1, 1, 1, 1, last)
  return createNtag424({ uid, ndefFile: encodeCardFile({ credential }) })
}

t.test('a final card goes, offline, and says what that rests on', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  const screen = await scene.tap(cardWith(demoCredentialBytes()))
  t.match(screen, { outcome: 'go', reason: 'ok', proof: 'signature', staleness: 'unknown' })
  t.ok(screen.name === 'tap' && screen.assurance === 2 && screen.milliseconds >= 0)
})

t.test('each card that does not go says why', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  const forged = demoCredentialBytes().slice()
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
  const expired = demoCredentialBytes({ issued: DEMO_NOW - 9000, expires: DEMO_NOW - 4000 })
  t.match(await scene.tap(cardWith(forged)), { outcome: 'stop', reason: 'wrong-signature' })
  t.match(await scene.tap(cardWith(expired)), { outcome: 'stop', reason: 'expired' })
  t.match(await scene.tap(blankCard(1)), { outcome: 'stop', reason: 'blank-card' })
  const other = createNtag216(Uint8Array.of(4, 8, 8, 8, 8, 8, 8))
  t.match(await scene.tap(other), { outcome: 'stop', reason: 'foreign-card' })
  const file = encodeCardFile({ credential: demoCredentialBytes() })
  file.fill(0, 0, 2)
  const torn = createNtag424({ uid: Uint8Array.of(4, 2, 2, 2, 2, 2, 2), ndefFile: file })
  t.match(await scene.tap(torn), { outcome: 'again', reason: 'unreadable' })
})

t.test('two cards are one too many, and one of them then goes', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  const [one, two] = [cardWith(demoCredentialBytes(), 1), cardWith(demoCredentialBytes(), 2)]
  scene.place.lay(one)
  scene.place.lay(two)
  t.ok(await scene.reach('tap'))
  t.match(scene.kiosk.state.screen, { outcome: 'one-card-please', reason: 'several-cards' })
  scene.place.lift(two)
  const isGo = () => {
    const { screen } = scene.kiosk.state
    return screen.name === 'tap' && screen.outcome === 'go'
  }
  t.ok(await scene.until(isGo))
})

t.test('a card that stays on the reader is answered once', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  const card = cardWith(demoCredentialBytes())
  scene.place.lay(card)
  t.ok(await scene.reach('tap'))
  t.ok(await scene.reach('idle'), 'the answer goes by itself')
  await scene.world.timers.advance(10_000)
  t.equal(scene.kiosk.state.screen.name, 'idle')
  t.equal(scene.log.filter((line) => line.startsWith('tap.answered')).length, 1)
})

t.test('the card of an enrolment is not tapped before it is lifted', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  await scene.bringToCard({ person: 1 })
  const card = blankCard(1)
  scene.place.lay(card)
  await scene.reach('done')
  await scene.world.timers.advance(40_000)
  t.equal(scene.kiosk.state.screen.name, 'idle')
  t.equal(scene.log.filter((line) => line.startsWith('tap.answered')).length, 0)
})

t.test('a status list that the gateway publishes stops a revoked card', async (t) => {
  const scene = await openScene(t)
  const card = cardWith(demoCredentialBytes())
  t.match(await scene.tap(card), { outcome: 'go' })
  const bits = withStatus(createStatusBits('valid'), 4711, 'invalid')
  const publish = (issued: number, content: Uint8Array) => {
    const list = { district: ALDER, list: 1, issued, ttlS: 3600, bits: content }
    const token = signStatusList(list, demoSigner(ALDER, 'final'), nodeZlib)
    return scene.line.publish(gatewayPublic(ALDER, 'status/1/full'), token, { retain: true })
  }
  await publish(DEMO_NOW, bits)
  await scene.world.timers.advance(100)
  t.match(await scene.tap(card), { outcome: 'stop', reason: 'revoked', staleness: 'fresh' })
  await publish(DEMO_NOW - 100, createStatusBits('valid'))
  await scene.world.timers.advance(100)
  t.match(
    await scene.tap(card),
    { outcome: 'stop', reason: 'revoked' },
    'an older list is no way back',
  )
})

t.test(
  'any connected kiosk puts the final credential on a card, and clears its ticket',
  async (t) => {
    const { world, district } = await openDistrict(t)
    const home = await openScene(t, { world, leases: [] })
    await home.until(() => home.kiosk.state.indicesLeft > 0)
    const card = blankCard(1)
    t.match(await home.enrol({ person: 1 }, card), { name: 'done', secondLook: undefined })
    t.ok(await home.until(() => district.gateway.state.counts.final === 1))
    const away = await openScene(t, { world, leases: [], path: `${ALDER}/k2` })
    const before = readFileOf(card)
    t.match(await away.tap(card), { outcome: 'go', upgraded: true })
    const after = readFileOf(card)
    t.ok(before.kind === 'personhood' && after.kind === 'personhood')
    if (before.kind !== 'personhood' || after.kind !== 'personhood') return
    t.ok(before.ticket !== undefined && after.ticket === undefined)
    t.equal(after.credential.length, before.credential.length)
    t.equal(parseCredential(after.credential).credential.stage, 'final')
    t.match(await away.tap(card), { outcome: 'go', upgraded: false })
    const foreign = await away.store.range('enrolment-final')
    t.same(foreign, [], 'who was at another kiosk is not written down')
  },
)

t.test(
  'a card torn in its upgrade is finished by the same kiosk, also after a restart',
  async (t) => {
    const { world, district } = await openDistrict(t)
    const home = await openScene(t, { world, leases: [] })
    await home.until(() => home.kiosk.state.indicesLeft > 0)
    const card = blankCard(1)
    await home.enrol({ person: 1 }, card)
    await home.until(() => district.gateway.state.counts.final === 1)
    await home.until(() => home.kiosk.state.enrolments.final === 1)
    card.tearAt(2, 7)
    t.match(await home.tap(card), { outcome: 'again' })
    t.equal(readFileOf(card).kind, 'torn')
    await home.kiosk.close()
    const restarted = await openScene(t, { world, leases: [], store: home.store })
    t.match(await restarted.tap(card), { outcome: 'go' })
    const file = readFileOf(card)
    t.ok(
      file.kind === 'personhood' && parseCredential(file.credential).credential.stage === 'final',
    )
    t.same(await home.store.range('card-upgrade'), [])
  },
)

t.test('a reader that goes away under a card answers the card when it is back', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  await scene.world.timers.advance(500)
  scene.place.unplug('reader')
  scene.place.lay(cardWith(demoCredentialBytes()))
  await scene.world.timers.advance(500)
  t.equal(scene.kiosk.state.screen.name, 'idle')
  scene.place.plug('reader')
  t.ok(await scene.reach('tap'))
})

t.test('taps are counted by the hour, without a word about whose they were', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  const credential = demoCredentialBytes()
  await scene.tap(cardWith(credential))
  await scene.tap(cardWith(credential, 2))
  await scene.tap(blankCard(1))
  t.same(await scene.store.range('outbox'), [])
  scene.world.clock.advance(3600)
  t.ok(await scene.until(() => scene.kiosk.state.link.queued === 1, 120))
  const [row] = await scene.store.range('outbox')
  const { type, isSealed, body } = decodeRecord(outboxRowSchema, row?.value ?? new Uint8Array())
  t.match({ type, isSealed }, { type: 'tap-counts', isSealed: false })
  t.same(decodeRecord(tapCountsSchema, body), {
    from: DEMO_NOW,
    until: DEMO_NOW + 3600,
    rows: [
      { outcome: 'go', count: 2 },
      { outcome: 'stop', count: 1 },
    ],
  })
})
