import t from 'tap'
import type { Ntag424 } from '../../hardware/nfc/ntag424-simulator.ts'
import { converse } from '../../hardware/nfc/virtual-card.ts'
import { readPersonhoodCard } from '../../protocol/card/personhood-card.ts'
import { parseCredential } from '../../protocol/credential.ts'
import { ALDER } from '../kit/demo-trust.ts'
import { keyringFor, preparedCard, storedGuarded, toolsFor, uidOf } from '../kit/keyed-cards.ts'
import { blankCard } from './bench.ts'
import { openDistrict, openScene } from './scene.ts'

/** What one who holds the card's keys reads on it. */
function stageOn(card: Ntag424, policy: 'open' | 'private' = 'open'): string {
  card.arrive()
  const { contents } = converse(card, readPersonhoodCard(toolsFor(policy), card.uid))
  if (contents.kind !== 'personhood') return contents.kind
  return parseCredential(contents.credential).credential.stage
}

for (const policy of ['open', 'private'] as const) {
  t.test(`${policy}: a prepared card is issued to, and its tap rests on the card`, async (t) => {
    const card = preparedCard(uidOf(1), policy)
    const scene = await openScene(t, {
      isOffline: true,
      cardKeyring: keyringFor(policy, uidOf(1)),
    })
    t.match(await scene.enrol({ person: 1 }, card), { name: 'done' })
    t.match(await scene.tap(card), { outcome: 'go', proof: 'card' })
    t.equal(stageOn(card, policy), 'provisional')
    t.notOk(
      storedGuarded(card)
        .slice(0, 16)
        .every((byte) => byte === 0),
      'it holds its secret',
    )
  })
}

t.test('a kiosk with keys issues to no card that could not prove itself', async (t) => {
  const cardKeyring = keyringFor('open', uidOf(1))
  const scene = await openScene(t, { isOffline: true, cardKeyring })
  await scene.bringToCard({ person: 1 })
  for (const card of [blankCard(1), preparedCard(uidOf(2))]) {
    scene.place.lay(card)
    t.ok(await scene.until(() => isRefused(scene)), 'not ours')
    scene.place.lift(card)
    await scene.world.timers.advance(1000)
  }
  scene.place.lay(preparedCard(uidOf(1)))
  t.ok(await scene.reach('done'))
})

function isRefused({ kiosk }: Awaited<ReturnType<typeof openScene>>): boolean {
  const { screen } = kiosk.state
  return screen.name === 'card' && screen.step === 'not-ours'
}

t.test(
  'a kiosk without the keys of a card reads it, and says that only the signature is proven',
  async (t) => {
    const card = preparedCard(uidOf(1))
    const home = await openScene(t, { isOffline: true, cardKeyring: keyringFor('open', uidOf(1)) })
    await home.enrol({ person: 1 }, card)
    const away = await openScene(t, { world: home.world, path: `${ALDER}/k1`, isOffline: true })
    t.match(await away.tap(card), { outcome: 'go', proof: 'signature' })
  },
)

t.test(
  'a final credential goes on the card by whoever holds its key 1, and by no other',
  async (t) => {
    const { world, district } = await openDistrict(t)
    const card = preparedCard(uidOf(1))
    const home = await openScene(t, {
      world,
      leases: [],
      cardKeyring: keyringFor('open', uidOf(1)),
    })
    await home.until(() => home.kiosk.state.indicesLeft > 0)
    await home.enrol({ person: 1 }, card)
    t.ok(await home.until(() => district.gateway.state.counts.final === 1))
    const path = `${ALDER}/k2` as const
    const away = await openScene(t, { world, leases: [], path, cardKeyring: keyringFor('open') })
    t.match(await away.tap(card), { outcome: 'go', proof: 'card', upgraded: false })
    t.equal(stageOn(card), 'provisional', 'left as it is')
    t.same(await away.store.range('card-upgrade'), [])
    t.match(await home.tap(card), { outcome: 'go', proof: 'card', upgraded: true })
    t.equal(stageOn(card), 'final')
    t.match(await away.tap(card), { outcome: 'go', proof: 'card', upgraded: false })
  },
)

t.test(
  'a card torn in its upgrade goes at the next tap, and a kiosk that knows nothing of it finishes it',
  async (t) => {
    const { world, district } = await openDistrict(t)
    const card = preparedCard(uidOf(1))
    const cardKeyring = keyringFor('open', uidOf(1))
    const home = await openScene(t, { world, leases: [], cardKeyring })
    await home.until(() => home.kiosk.state.indicesLeft > 0)
    await home.enrol({ person: 1 }, card)
    t.ok(await home.until(() => district.gateway.state.counts.final === 1))
    await home.until(() => home.kiosk.state.enrolments.final === 1)
    // The third write is the first field of the patch, under a zero NLEN.
    card.tearAt(3, 2)
    t.match(await home.tap(card), { outcome: 'again' })
    const path = `${ALDER}/k2` as const
    const reader = await openScene(t, {
      world,
      path,
      isOffline: true,
      cardKeyring: keyringFor('open'),
    })
    t.match(
      await reader.tap(card),
      { outcome: 'go', proof: 'card' },
      'key 2 alone is enough to verify',
    )
    t.equal(storedGuarded(card)[32], 1, 'and not to finish')
    const writer = await openScene(t, { world, path, isOffline: true, cardKeyring })
    t.match(await writer.tap(card), { outcome: 'go', proof: 'card' })
    t.equal(storedGuarded(card)[32], 0)
    t.equal(stageOn(card), 'final')
    t.match(await home.tap(card), { outcome: 'go', proof: 'card' })
    t.same(await home.store.range('card-upgrade'), [])
  },
)

t.test('a card whose keys are not what it says is asked once', async (t) => {
  const card = preparedCard(uidOf(1))
  const keyring = keyringFor('open', uidOf(1))
  const home = await openScene(t, { isOffline: true, cardKeyring: keyring })
  await home.enrol({ person: 1 }, card)
  const wrong = { ...keyring, tapKey: () => new Uint8Array(16).fill(1) }
  const other = await openScene(t, { world: home.world, isOffline: true, cardKeyring: wrong })
  const before = card.snapshot()
  t.match(await other.tap(card), { outcome: 'go', proof: 'signature' })
  const after = card.snapshot()
  t.notSame(before, after, 'one failure is counted by the card')
  t.match(await other.tap(card), { outcome: 'go', proof: 'signature' })
  t.same(card.snapshot(), after, 'and no more')
})
