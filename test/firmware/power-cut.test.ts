import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { createNtag424, restoreNtag424 } from '../../hardware/nfc/ntag424-simulator.ts'
import { parseCredential } from '../../protocol/credential.ts'
import { openLmdbStore } from '../../runtime/lmdb-store.ts'
import type { Store } from '../../runtime/store.ts'
import { createWorld } from '../gateway/bench.ts'
import { readFileOf } from '../kit/card-reading.ts'
import { ALDER, ALDER_KIOSK } from '../kit/demo-trust.ts'
import { createMemoryStore } from '../kit/memory-store.ts'
import { type Cut, cutsOf } from '../kit/power-cut/cuts.ts'
import { writeImage } from '../kit/power-cut/disk.ts'
import { rowsOf, statesBy, textOf, writesOf } from '../kit/power-cut/marked-store.ts'
import { createRecorder, noRecorder, type Recorder } from '../kit/power-cut/recording.ts'
import { startRealDistrict } from './district.ts'
import type { KioskProcessOptions } from './kiosk-process.ts'
import { journalOf, live } from './life.ts'
import { isFinished } from './pilot.ts'

const KIOSK = fileURLToPath(new URL('kiosk-process.js', import.meta.url))
const KEY = new Uint8Array(32).fill(3)
const TRIES = process.env['PERSONHOOD_TEST_FULL'] === undefined ? 1 : 12

t.test('the power is cut at any moment of an enrolment', { skip: noRecorder() }, async (t) => {
  const recorder = await recordEnrolment(t)
  const home = mkdtempSync(join(tmpdir(), 'cut-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const lived = new Set<string>()
  const steps = new Set<string>()
  let disks = 0
  for (const cut of cutsOf(recorder.acts(), {
    root: recorder.root,
    safe: ['card'],
    tries: TRIES,
  })) {
    const folder = join(home, String(disks++))
    writeImage(folder, cut.image)
    const what = `${cut.fate} after act ${cut.after}`
    const store = await openLmdbStore({ folder: join(folder, 'store'), key: KEY })
    const found = await rowsOf(store)
    await store.close()
    rmSync(folder, { recursive: true })
    const rows = textOf(found)
    const isPossible = statesBy(cut.marks).some((state) => textOf(state) === rows)
    if (!isPossible) t.fail(`${what}: not what was committed`)
    // What the kiosk does next follows from its rows and the card; of many disks those are the same.
    const name = JSON.stringify([rows, Buffer.from(cardBytes(cut)).toString('hex')])
    if (lived.has(name)) continue
    lived.add(name)
    // In memory, so that virtual time waits for no disk.
    const rest = createMemoryStore()
    await rest.commit({ writes: writesOf(found) })
    for (const row of (await journalOf(rest)).values()) steps.add(row.step)
    await finish(t, rest, cut, what)
  }
  t.comment(`${disks} disks, ${lived.size} of them different to a kiosk`)
  t.ok(disks > 100)
  t.ok(lived.size > 12)
  t.same([...steps].sort(), [
    'begun',
    'captured',
    'done',
    'issued',
    'searched',
    'writing',
    'written',
  ])
})

/** One enrolment of a kiosk process, from its first start to its final credential. */
async function recordEnrolment(t: Test): Promise<Recorder> {
  const recorder = createRecorder(t)
  mkdirSync(recorder.root)
  const district = await startRealDistrict(t)
  const options: KioskProcessOptions = {
    ...{ url: district.url, killAt: 0, when: 'before', marksIn: recorder.root },
    ...{ folder: join(recorder.root, 'store'), cardFile: join(recorder.root, 'card') },
  }
  t.equal(await recorder.run(KIOSK, [JSON.stringify(options)]), 0)
  await district.close()
  const unseen = recorder
    .acts()
    .filter(({ kind, path }) => kind === 'map' && !path.endsWith('/lock.mdb'))
  t.same(unseen, [], 'nothing is written where the recorder cannot see it')
  return recorder
}

function cardBytes({ image }: Cut): Uint8Array {
  return image.get('card') ?? new Uint8Array()
}

/** The kiosk starts on what is left and finishes the enrolment: once, with the card that has it. */
async function finish(t: Test, store: Store, cut: Cut, what: string): Promise<void> {
  const bytes = cardBytes(cut)
  const uid = Uint8Array.of(0x04, 1, 2, 3, 4, 5, 6)
  const card = bytes.length > 0 ? restoreNtag424(bytes) : createNtag424({ uid })
  const before = await journalOf(store)
  const issued = [...before].filter(([, { credential }]) => credential !== undefined)
  const world = createWorld([ALDER, ALDER_KIOSK])
  const isDone = await live(world, { store, card, isConnected: false }, ({ state }) =>
    isFinished(state),
  )
  if (!isDone) t.fail(`${what}: not finished after the restart`)

  const rows = [...(await journalOf(store))]
  const [record = '', row] = rows[0] ?? []
  if (rows.length !== 1) t.fail(`${what}: ${rows.length} enrolments`)
  if (issued.length > 0 && issued[0]?.[0] !== record) t.fail(`${what}: what was issued is gone`)
  const onCard = readFileOf(card)
  const isHere = onCard.kind === 'personhood' && row?.credential !== undefined
  if (!isHere) return void t.fail(`${what}: no credential on the card`)
  t.same(onCard.credential, row.credential, `${what}: the card holds what was issued`)
  t.same(parseCredential(onCard.credential).credential.id, row.credentialId)
  const sent = [...(await store.range('outbox')), ...(await store.range('receipt'))]
  t.same(
    sent.map(({ key }) => key),
    [record],
    'its record waits for its receipt, or has it',
  )
  t.same(
    (await store.range('gallery')).map(({ key }) => key),
    [record],
  )
}
