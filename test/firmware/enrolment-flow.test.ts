import t from 'tap'
import { createNtag216 } from '../../hardware/nfc/ntag216-simulator.ts'
import { createNtag424 } from '../../hardware/nfc/ntag424-simulator.ts'
import { encodeCardFile } from '../../protocol/card/layout.ts'
import { readFileOf } from '../kit/card-reading.ts'
import { DEMO_NOW, demoCredentialBytes } from '../kit/demo-trust.ts'
import { BENCH_LEASE, blankCard } from './bench.ts'
import { journalOf } from './life.ts'
import { openScene, type Scene } from './scene.ts'

/** Nothing of an enrolment is left in the store. */
async function isUntouched({ store, kiosk }: Scene): Promise<boolean> {
  const tables = await Promise.all(
    ['enrolment', 'outbox', 'gallery'].map((name) => store.range(name)),
  )
  return tables.every((rows) => rows.length === 0) && kiosk.state.indicesLeft === BENCH_LEASE.count
}

t.test('whoever says no to the consent leaves nothing behind', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  await scene.kiosk.command({ name: 'begin' })
  const { screen } = scene.kiosk.state
  t.ok(screen.name === 'consent' && screen.sentences.length >= 4)
  await scene.kiosk.command({ name: 'consent', isGiven: false })
  t.match(scene.kiosk.state.screen, { name: 'stopped', reason: 'no-consent' })
  t.ok(await isUntouched(scene))
  t.ok(await scene.reach('idle'), 'the screen goes by itself')
})

t.test('stop and delete at the camera and at the card leaves nothing behind', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  await scene.kiosk.command({ name: 'begin' })
  await scene.kiosk.command({ name: 'consent', isGiven: true })
  t.ok(await scene.reach('capture'))
  t.equal(scene.kiosk.state.indicesLeft, BENCH_LEASE.count - 1)
  await scene.kiosk.command({ name: 'cancel' })
  t.match(scene.kiosk.state.screen, { name: 'stopped', reason: 'cancelled' })
  t.ok(await isUntouched(scene))
  t.ok(await scene.bringToCard({ person: 1 }))
  t.equal((await journalOf(scene.store)).size, 1)
  await scene.kiosk.command({ name: 'cancel' })
  t.ok(await isUntouched(scene))
})

t.test('a resident who goes away is not waited for', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  await scene.bringToCard({ person: 1 })
  t.ok(await scene.until(() => scene.kiosk.state.screen.name === 'stopped', 200))
  t.match(scene.kiosk.state.screen, { reason: 'resident-left' })
  t.ok(await isUntouched(scene))
})

t.test('the page sees the frame while it is captured, and no frame afterwards', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  scene.place.standing = { person: 1, unreadable: ['left'] }
  await scene.kiosk.command({ name: 'begin' })
  await scene.kiosk.command({ name: 'consent', isGiven: true })
  const hasFrame = () => {
    const { screen } = scene.kiosk.state
    return screen.name === 'capture' && screen.frame > 0
  }
  t.ok(await scene.until(hasFrame))
  t.match(scene.kiosk.state.screen, { eye: 'left', instruction: 'open-your-eye', quality: 20 })
  t.ok(scene.kiosk.previewFrame())
  await scene.kiosk.command({ name: 'cancel' })
  t.equal(scene.kiosk.previewFrame(), undefined)
})

t.test('"I cannot use this eye" enrols with the other one alone', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  scene.place.standing = { person: 1, unreadable: ['left'] }
  await scene.kiosk.command({ name: 'begin' })
  await scene.kiosk.command({ name: 'consent', isGiven: true })
  await scene.reach('capture')
  t.match(await scene.kiosk.command({ name: 'cannot-use-this-eye' }), { isTaken: true })
  t.match(scene.kiosk.state.screen, { eye: 'right', attempt: 1 })
  t.ok(await scene.reach('card'))
  const [row] = (await journalOf(scene.store)).values()
  t.same(
    row?.references?.map(({ position }) => position),
    ['right'],
  )
})

t.test('three poor tries at each eye end kindly, with nothing stored', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  scene.place.standing = { person: 1, unreadable: ['left', 'right'] }
  await scene.kiosk.command({ name: 'begin' })
  await scene.kiosk.command({ name: 'consent', isGiven: true })
  const seen = new Set<string>()
  scene.kiosk.onState(({ screen }) => {
    if (screen.name === 'capture') seen.add(`${screen.eye} ${screen.attempt}`)
  })
  t.ok(await scene.until(() => scene.kiosk.state.screen.name === 'stopped', 120))
  t.match(scene.kiosk.state.screen, { reason: 'no-eye' })
  t.same([...seen], ['left 1', 'left 2', 'left 3', 'right 1', 'right 2', 'right 3'])
  t.ok(await isUntouched(scene))
})

t.test('cards that are foreign, in use or one too many are not written', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  await scene.bringToCard({ person: 1 })
  const inUse = createNtag424({
    uid: Uint8Array.of(4, 9, 9, 9, 9, 9, 9),
    ndefFile: encodeCardFile({ credential: demoCredentialBytes() }),
  })
  const before = inUse.snapshot()
  scene.place.lay(inUse)
  t.ok(await scene.reach('card', 'in-use'))
  scene.place.lay(blankCard(1))
  t.ok(await scene.reach('card', 'several'))
  scene.place.lift(inUse)
  t.ok(await scene.reach('done'), 'the blank one is taken')
  t.same(inUse.snapshot(), before)
})

t.test('a card of another kind is told apart', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  await scene.bringToCard({ person: 1 })
  scene.place.lay(createNtag216(Uint8Array.of(4, 8, 8, 8, 8, 8, 8)))
  t.ok(await scene.reach('card', 'not-ours'))
})

t.test('our own card past its expiry may be used again', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  await scene.bringToCard({ person: 1 })
  const expires = DEMO_NOW - 3600
  const old = createNtag424({
    uid: Uint8Array.of(4, 7, 7, 7, 7, 7, 7),
    ndefFile: encodeCardFile({
      credential: demoCredentialBytes({ expires, issued: DEMO_NOW - 7200 }),
    }),
  })
  scene.place.lay(old)
  t.ok(await scene.reach('done'))
  const [row] = (await journalOf(scene.store)).values()
  const onCard = readFileOf(old)
  t.same(onCard.kind === 'personhood' && onCard.credential, row?.credential)
})

t.test('a card that moves in a write is finished when it is put back', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  await scene.bringToCard({ person: 1 })
  const card = blankCard(1)
  card.tearAt(1, 90)
  scene.place.lay(card)
  t.ok(await scene.reach('card', 'moved'))
  t.equal(readFileOf(card).kind, 'torn')
  const other = blankCard(2)
  scene.place.lift(card)
  scene.place.lay(other)
  t.ok(await scene.reach('card', 'another-card'), 'only the card that the credential is bound to')
  scene.place.lift(other)
  scene.place.lay(card)
  t.ok(await scene.reach('done'))
  t.equal(readFileOf(card).kind, 'personhood')
  t.equal(readFileOf(other).kind, 'blank')
  t.equal((await journalOf(scene.store)).size, 1)
})

t.test(
  'a resident who walks off with a half-written card finishes it at the next tap',
  async (t) => {
    const scene = await openScene(t, { isOffline: true })
    await scene.bringToCard({ person: 1 })
    const card = blankCard(1)
    card.tearAt(2, 10)
    scene.place.lay(card)
    await scene.reach('card', 'moved')
    scene.place.lift(card)
    await scene.kiosk.command({ name: 'cancel' })
    t.equal(scene.kiosk.state.screen.name, 'idle')
    t.equal(scene.kiosk.state.enrolments.unfinished, 1)
    await scene.world.timers.advance(1000)
    t.match(await scene.tap(card), { name: 'tap', outcome: 'go', reason: 'ok' })
    t.equal(scene.kiosk.state.enrolments.unfinished, 0)
    t.equal((await journalOf(scene.store)).size, 1)
  },
)

t.test(
  'a start soon after goes on where it stopped, a start much later leaves the taps alone',
  async (t) => {
    const first = await openScene(t, { isOffline: true })
    await first.bringToCard({ person: 1 })
    const card = blankCard(1)
    card.tearAt(1, 20)
    first.place.lay(card)
    await first.reach('card', 'moved')
    await first.kiosk.close()
    const soon = await openScene(t, { isOffline: true, store: first.store })
    t.match(soon.kiosk.state.screen, { name: 'card', step: 'moved' })
    await soon.kiosk.close()
    const { world } = first
    world.clock.advance(3600)
    const later = await openScene(t, { isOffline: true, store: first.store, world })
    t.match(later.kiosk.state.screen, { name: 'idle' })
    t.equal(later.kiosk.state.enrolments.unfinished, 1)
    t.match(await later.tap(card), { outcome: 'go' })
    t.equal(later.kiosk.state.enrolments.unfinished, 0)
  },
)

t.test('a capture that was never issued does not outlive the hour', async (t) => {
  const first = await openScene(t, { isOffline: true })
  await first.bringToCard({ person: 1 })
  await first.kiosk.close()
  const soon = await openScene(t, { isOffline: true, store: first.store })
  t.match(soon.kiosk.state.screen, { name: 'card', step: 'place' })
  await soon.kiosk.close()
  first.world.clock.advance(3600)
  const later = await openScene(t, { isOffline: true, store: first.store, world: first.world })
  t.match(later.kiosk.state.screen, { name: 'idle' })
  t.ok(await isUntouched(later))
})

t.test('a kiosk whose clock may be minutes wrong enrols nobody', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  const { clock } = scene.world
  const now = { ...clock.now(), uncertaintyS: 4000, source: 'floor' }
  clock.now = () => now
  await scene.kiosk.command({ name: 'begin' })
  await scene.kiosk.command({ name: 'consent', isGiven: true })
  t.ok(await scene.reach('stopped'))
  t.match(scene.kiosk.state.screen, { reason: 'clock' })
})

t.test('a card that is owed its credential is not given to the next resident', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  await scene.bringToCard({ person: 1 })
  const card = blankCard(1)
  card.tearAt(1, 2)
  scene.place.lay(card)
  await scene.reach('card', 'moved')
  scene.place.lift(card)
  await scene.kiosk.command({ name: 'cancel' })
  await scene.bringToCard({ person: 2 })
  scene.place.lay(card)
  t.ok(await scene.reach('card', 'in-use'))
})

t.test(
  'the same person again needs a second look, gets her card, and both cards look alike',
  async (t) => {
    const scene = await openScene(t, { isOffline: true })
    const [first, second, third] = [blankCard(1), blankCard(2), blankCard(3)]
    t.match(await scene.enrol({ person: 1 }, first), { name: 'done', isOffline: true })
    const again = await scene.enrol({ person: 1, visit: 1 }, second)
    const plain = await scene.enrol({ person: 2 }, third)
    t.ok(again.name === 'done' && again.secondLook !== undefined)
    t.ok(
      plain.name === 'done' && plain.secondLook === undefined,
      'a different person is not caught',
    )
    const files = [first, second, third].map(readFileOf)
    for (const file of files) {
      t.ok(file.kind === 'personhood' && file.ticket?.deadline === DEMO_NOW + 72 * 3600)
    }
    const lengths = files.map((file) => file.kind === 'personhood' && file.credential.length)
    t.equal(new Set(lengths).size, 1)
    const tapped = await scene.tap(second)
    t.match(tapped, { name: 'tap', outcome: 'go' })
    t.ok(tapped.name === 'tap' && tapped.secondLook !== undefined)
    t.match(again.name === 'done' && again.secondLook?.ticket, /^([0-9A-F]{4} ){3}[0-9A-F]{4}$/)
    t.equal(scene.kiosk.state.enrolments.secondLook, 1)
  },
)

t.test('without an index nobody is enrolled', async (t) => {
  const scene = await openScene(t, { isOffline: true, leases: [] })
  await scene.kiosk.command({ name: 'begin' })
  await scene.kiosk.command({ name: 'consent', isGiven: true })
  t.ok(await scene.reach('stopped'))
  t.match(scene.kiosk.state.screen, { reason: 'no-index' })
})

t.test('a kiosk whose delegation has ended enrols nobody', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  scene.world.clock.advance(91 * 86_400)
  await scene.kiosk.command({ name: 'begin' })
  await scene.kiosk.command({ name: 'consent', isGiven: true })
  t.ok(await scene.reach('stopped'))
  t.match(scene.kiosk.state.screen, { reason: 'certificate' })
})

t.test(
  'a clock that leaps beyond the delegation between consent and the looks signs nothing',
  async (t) => {
    const scene = await openScene(t, { isOffline: true })
    await scene.kiosk.command({ name: 'begin' })
    await scene.kiosk.command({ name: 'consent', isGiven: true })
    await scene.reach('capture')
    scene.world.clock.advance(91 * 86_400)
    scene.place.standing = { person: 1 }
    t.ok(await scene.reach('stopped'))
    t.match(scene.kiosk.state.screen, { reason: 'certificate' })
    t.ok(await isUntouched(scene))
    scene.world.clock.advance(-91 * 86_400)
    await scene.kiosk.command({ name: 'acknowledge' })
    t.match(await scene.enrol({ person: 1 }, blankCard(1)), { name: 'done' })
  },
)

t.test('a camera pulled out in a capture pauses it, and it goes on when it is back', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  await scene.kiosk.command({ name: 'begin' })
  await scene.kiosk.command({ name: 'consent', isGiven: true })
  await scene.reach('capture')
  scene.place.unplug('orb')
  const isAway = () => scene.kiosk.state.devices.orb.status === 'missing'
  t.ok(await scene.until(isAway))
  t.match(scene.kiosk.state.devices.orb.sentence, /iris camera/)
  t.equal(scene.kiosk.state.screen.name, 'capture')
  scene.place.standing = { person: 1 }
  scene.place.plug('orb')
  t.ok(await scene.reach('card'))
  t.match(scene.kiosk.state.devices.orb, { status: 'ready', sentence: '' })
})

t.test(
  'a camera that never comes back does not hold the kiosk for a resident who left',
  async (t) => {
    const scene = await openScene(t, { isOffline: true })
    await scene.kiosk.command({ name: 'begin' })
    await scene.kiosk.command({ name: 'consent', isGiven: true })
    await scene.reach('capture')
    scene.place.unplug('orb')
    t.ok(await scene.until(() => scene.kiosk.state.devices.orb.status === 'missing'))
    await scene.world.timers.advance(290_000)
    t.equal(scene.kiosk.state.screen.name, 'capture')
    t.ok(await scene.reach('stopped'))
    t.match(scene.kiosk.state.screen, { reason: 'resident-left' })
    t.ok(await isUntouched(scene))
  },
)

t.test('a reader pulled out in the card step is waited for', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  await scene.bringToCard({ person: 1 })
  scene.place.unplug('reader')
  t.ok(await scene.until(() => scene.kiosk.state.devices.reader.status === 'missing'))
  scene.place.lay(blankCard(1))
  scene.place.plug('reader')
  t.ok(await scene.reach('done'))
})

t.test('a kiosk without its camera enrols nobody, and its taps go on', async (t) => {
  const scene = await openScene(t, { isOffline: true })
  const card = blankCard(1)
  await scene.enrol({ person: 1 }, card)
  scene.place.unplug('orb')
  const isOut = () => scene.kiosk.state.devices.orb.status === 'out-of-service'
  t.notOk(await scene.until(isOut, 9), 'it is waited for')
  t.ok(await scene.until(isOut, 2))
  t.match(scene.kiosk.state.devices.orb.sentence, /cable marked "iris camera"/)
  t.match(await scene.tap(card), { outcome: 'go' })
  await scene.kiosk.command({ name: 'begin' })
  await scene.kiosk.command({ name: 'consent', isGiven: true })
  t.ok(await scene.reach('stopped'))
  t.match(scene.kiosk.state.screen, { reason: 'device' })
  t.equal((await journalOf(scene.store)).size, 1)
  scene.place.plug('orb')
  t.ok(await scene.until(() => !isOut()))
  t.match(await scene.enrol({ person: 2 }, blankCard(2)), { name: 'done' })
})
