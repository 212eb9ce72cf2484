import t from 'tap'
import { concat } from '../../../protocol/bytes.ts'
import type { StationPath } from '../../../protocol/district.ts'
import { type Mail, readMailbag, writeMailbag } from '../../../protocol/mailbag.ts'
import { createWorld, startDistrict } from '../../gateway/bench.ts'
import { ALDER, ALDER_KIOSK, BIRCH } from '../../kit/demo-trust.ts'
import { createMemoryStore } from '../../kit/memory-store.ts'
import { blankCard } from '../bench.ts'
import { openScene, type Scene } from '../scene.ts'

const K2 = `${ALDER}/k2`

async function bytesOf<T>(
  pieces: AsyncGenerator<Uint8Array, T>,
): Promise<readonly [Uint8Array, T]> {
  const parts: Uint8Array[] = []
  for (;;) {
    const next = await pieces.next()
    if (next.done === true) return [concat(...parts), next.value]
    parts.push(next.value)
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes
}

/** A kiosk that got its lease, lost its line and enrolled two, and its gateway. */
async function openBench(t: Parameters<typeof openScene>[0], others: readonly StationPath[] = []) {
  const world = createWorld([ALDER, ALDER_KIOSK, K2, ...others])
  const alder = await startDistrict(t, world, ALDER, { peers: [], store: createMemoryStore() })
  const scene = await openScene(t, { world, leases: [] })
  await scene.until(() => scene.kiosk.state.indicesLeft > 0)
  scene.line.cut()
  for (const person of [1, 2]) await scene.enrol({ person }, blankCard(person))
  const carried = async (scene: Scene) => (await bytesOf(scene.kiosk.exportQueue()))[0]
  /** Time passes while the gateway checks. */
  async function exchange(district: typeof alder, bytes: Uint8Array) {
    const answer = bytesOf(district.gateway.byHand.exchange(once(bytes)))
    let isDone = false
    void answer.then(
      () => (isDone = true),
      () => (isDone = true),
    )
    await scene.until(() => isDone, 120)
    return answer
  }
  return { world, alder, scene, carried, exchange }
}

t.test('a stick goes there and back: nothing waits, and the cards are final', async (t) => {
  const { alder, scene, carried, exchange } = await openBench(t)
  const [answers, tally] = await exchange(alder, await carried(scene))
  t.match(tally, { end: 'whole', letters: 3, receipts: 2, held: 0, unknown: 0 })
  t.equal(alder.gateway.state.counts.enrolments, 2)
  t.equal(scene.kiosk.state.link.queued, 2, 'nothing left the kiosk by its export')
  const taken = await scene.kiosk.importAnswers(once(answers))
  t.match(taken, { end: 'whole', receipts: 2, queued: 0, refused: 0, unknown: 0, elsewhere: {} })
  t.match(scene.kiosk.state.enrolments, { final: 2, waiting: 0 })
  t.match(scene.kiosk.state.link, { isConnected: false, queued: 0, receipts: 2 })
  const card = blankCard(3)
  await scene.enrol({ person: 3 }, card)
  const again = await exchange(alder, await carried(scene))
  await scene.kiosk.importAnswers(once(again[0]))
  t.match(await scene.tap(card), { outcome: 'go', upgraded: true, staleness: 'fresh' })
})

t.test('the same file twice, and the line in between, count once', async (t) => {
  const { alder, scene, carried, exchange } = await openBench(t)
  const file = await carried(scene)
  const [first] = await exchange(alder, file)
  const [second, tally] = await exchange(alder, file)
  t.equal(tally.receipts, 2)
  t.equal(alder.gateway.state.counts.enrolments, 2)
  scene.line.mend()
  await scene.until(() => scene.kiosk.state.link.queued === 0)
  for (const answers of [first, second]) {
    t.match(await scene.kiosk.importAnswers(once(answers)), { receipts: 0, queued: 0 })
  }
  t.match(scene.kiosk.state.link, { receipts: 2, refused: 0 })
})

t.test('half a stick is used as far as it goes, and nothing is lost', async (t) => {
  const { alder, scene, carried, exchange } = await openBench(t)
  const file = await carried(scene)
  const [answers, tally] = await exchange(alder, file.slice(0, Math.floor(file.length * 0.6)))
  t.match(tally, { end: 'cut', letters: 1, receipts: 1 })
  t.match(await scene.kiosk.importAnswers(once(answers)), { receipts: 1, queued: 1 })
  const [rest] = await exchange(alder, await carried(scene))
  const cut = rest.slice(0, rest.length - 40)
  t.match(await scene.kiosk.importAnswers(once(cut)), { end: 'cut', receipts: 1, queued: 0 })
  t.equal(alder.gateway.state.counts.enrolments, 2)
})

t.test('another district, another kiosk, another hand: told, and nothing taken', async (t) => {
  const { world, alder, scene, carried, exchange } = await openBench(t, [BIRCH])
  const birch = await startDistrict(t, world, BIRCH, { peers: [], store: createMemoryStore() })
  const file = await carried(scene)
  const [, elsewhere] = await exchange(birch, file)
  t.match(elsewhere, { receipts: 0, elsewhere: { [ALDER]: 3 } })
  t.equal(birch.gateway.state.counts.enrolments, 0)
  const other = await openScene(t, { world, path: K2, isOffline: true })
  const [answers] = await exchange(alder, file)
  const wrong = await other.kiosk.importAnswers(once(answers))
  t.match(wrong, { receipts: 0, elsewhere: { [scene.kiosk.state.station.path]: 3 } })
  const own = await scene.kiosk.importAnswers(once(file))
  t.match(own, { receipts: 0, queued: 2, elsewhere: { [ALDER]: 3 } }, 'its own export')
  const [, back] = await exchange(alder, answers)
  t.equal(back.elsewhere[scene.kiosk.state.station.path], 3, 'its own answers')

  const changed = await changeLetters(answers)
  t.match(await scene.kiosk.importAnswers(once(changed)), { receipts: 0, queued: 2, unknown: 3 })
  const [, tampered] = await exchange(alder, await changeLetters(file))
  t.match(tampered, { receipts: 0, unknown: 3 })
  await t.rejects(exchange(alder, Uint8Array.of(1, 2, 3)), { code: 'bytes.mailbag' })
  await t.rejects(scene.kiosk.importAnswers(once(new Uint8Array())), { code: 'bytes.mailbag' })
})

/** The same mailbag with a bit of each letter's signature changed, under a digest that fits. */
async function changeLetters(bytes: Uint8Array): Promise<Uint8Array> {
  const bag = writeMailbag()
  const parts = [bag.head]
  for await (const { kind, bytes: piece } of readMailbag(once(bytes))) {
    const changed = piece.slice()
    if (kind === 'letter') changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    parts.push(bag.piece({ kind, bytes: changed } satisfies Mail))
  }
  return concat(...parts, bag.end())
}
