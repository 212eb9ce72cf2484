import t from 'tap'
import { toHex } from '../../protocol/bytes.ts'
import { type Credential, issueCredential, parseCredential } from '../../protocol/credential.ts'
import type { StationPath } from '../../protocol/district.ts'
import { FINAL_ANSWER, type FinalRow, finalAnswerSchema } from '../../protocol/messages/final.ts'
import { encodeRecord } from '../../protocol/schema.ts'
import { DAY_S } from '../../protocol/time.ts'
import { gatewayPublic, kioskDown } from '../../protocol/topics.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import { openMessenger } from '../../runtime/messenger.ts'
import { openTrust } from '../gateway/bench.ts'
import { readFileOf } from '../kit/card-reading.ts'
import {
  ALDER,
  ALDER_KIOSK,
  DEMO_NOW,
  demoSigner,
  demoStation,
  demoTrustBody,
  demoTrustList,
} from '../kit/demo-trust.ts'
import { createMemoryStore } from '../kit/memory-store.ts'
import { blankCard } from './bench.ts'
import { journalOf } from './life.ts'
import { openScene, type Scene } from './scene.ts'

/** What the gateway would have to get wrong in a final credential. */
const WRONG: readonly { readonly what: string; readonly changes: Partial<Credential> }[] = [
  { what: 'another status index', changes: { status: { list: 1, index: 65_000 } } },
  { what: 'another card', changes: { cardBinding: new Uint8Array(16).fill(1) } },
  { what: 'its time is over', changes: { issued: DEMO_NOW - 9000, expires: DEMO_NOW - 4000 } },
]

/** A final credential for a provisional one, signed by its district. */
function finalOf(provisional: Uint8Array, changes: Partial<Credential> = {}): Uint8Array {
  const { credential } = parseCredential(provisional)
  const final: Credential = {
    ...credential,
    id: new Uint8Array(8).fill(7),
    issued: DEMO_NOW,
    expires: DEMO_NOW + 300 * DAY_S,
    assurance: 2,
    stage: 'final',
    ...changes,
  }
  return issueCredential(final, demoSigner(ALDER, 'final'))
}

/** Says something to the kiosk as its own gateway. */
async function gatewayOf({ world }: Scene) {
  const store = createMemoryStore()
  const trust = await openTrust(store, world)
  const { clock } = world
  const station = demoStation(ALDER)
  const messenger = await openMessenger({ station, trust, clock, store, verify: verifySecp256k1 })
  const line = world.bus(ALDER).connect()
  return async (kiosk: StationPath, ...rows: readonly FinalRow[]) => {
    const body = encodeRecord(finalAnswerSchema, { rows })
    const letter = messenger.compose({ type: FINAL_ANSWER, to: kiosk, body, ttlS: 60 })
    await line.publish(kioskDown(ALDER, 'k1', FINAL_ANSWER), letter)
    await world.timers.advance(100)
  }
}

t.test('a final credential that is no successor is not kept for its enrolment', async (t) => {
  const scene = await openScene(t)
  const card = blankCard(1)
  await scene.enrol({ person: 1 }, card)
  const [row] = (await journalOf(scene.store)).values()
  if (row?.credential === undefined) throw new Error('no enrolment')
  const { credential: provisional, credentialId: id } = row
  const say = await gatewayOf(scene)
  for (const { what, changes } of WRONG) {
    const credential = finalOf(provisional, changes)
    await say(ALDER_KIOSK, { id, state: 'ready', credential })
    t.equal(scene.kiosk.state.enrolments.final, 0, what)
  }
  await say(ALDER_KIOSK, { id, state: 'ready', credential: finalOf(provisional) })
  t.equal(scene.kiosk.state.enrolments.final, 1)
  t.match(await scene.tap(card), { outcome: 'go', upgraded: true })
})

t.test(
  "a final credential that is no successor is not written to another kiosk's card",
  async (t) => {
    const { world, card, provisional, id } = await strangersCard(t)
    const scene = await openScene(t, { world })
    const say = await gatewayOf(scene)
    for (const { what, changes } of WRONG) {
      await say(ALDER_KIOSK, { id, state: 'ready', credential: finalOf(provisional, changes) })
      t.match(await scene.tap(card), { outcome: 'go', upgraded: false }, what)
      const file = readFileOf(card)
      t.equal(file.kind === 'personhood' && toHex(file.credential), toHex(provisional), what)
    }
    await say(ALDER_KIOSK, { id, state: 'ready', credential: finalOf(provisional) })
    t.match(await scene.tap(card), { outcome: 'go', upgraded: true })
  },
)

/** A card that a kiosk enrolled which has since lost its memory. */
async function strangersCard(t: Parameters<typeof openScene>[0]) {
  const before = await openScene(t, { isOffline: true })
  const card = blankCard(1)
  await before.enrol({ person: 1 }, card)
  const [row] = (await journalOf(before.store)).values()
  if (row?.credential === undefined) throw new Error('no enrolment')
  await before.kiosk.close()
  return { world: before.world, card, provisional: row.credential, id: row.credentialId }
}

t.test('a kiosk that learns that it was revoked enrols nobody', async (t) => {
  const scene = await openScene(t)
  const { kid } = demoSigner(ALDER_KIOSK, 'provisional')
  const body = demoTrustBody([ALDER, ALDER_KIOSK], 2, [{ kid, throughLogIndex: 5 }])
  await scene.line.publish(gatewayPublic(ALDER, 'trust'), demoTrustList(body), { retain: true })
  await scene.world.timers.advance(100)
  await scene.kiosk.command({ name: 'begin' })
  await scene.kiosk.command({ name: 'consent', isGiven: true })
  t.ok(await scene.reach('stopped'))
  t.match(scene.kiosk.state.screen, { reason: 'certificate' })
})
