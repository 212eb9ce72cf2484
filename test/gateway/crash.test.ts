import type { Test } from 'tap'
import t from 'tap'
import { leafRow, TABLES } from '../../gateway/records/rows.ts'
import { decodeRecord } from '../../protocol/schema.ts'
import type { Store } from '../../runtime/store.ts'
import { ALDER, BIRCH } from '../kit/demo-trust.ts'
import { createFailingStore, type Failure } from '../runtime/failing-store.ts'
import {
  createWorld,
  type District,
  killDistrict,
  openTempStore,
  settle,
  startDistrict,
  until,
  type World,
} from './bench.ts'
import { connectKiosk, type Kiosk, type Made } from './kiosk.ts'

/** One person in ALDER; another in BIRCH; then the first in BIRCH, too: search, answers and a case. */
async function story(t: Test, world: World, failure: Failure, dying: typeof ALDER) {
  const stores = new Map([
    [ALDER, await openTempStore(t)],
    [BIRCH, await openTempStore(t)],
  ])
  const districts = new Map<typeof ALDER, District>()
  let hasDied = false
  for (const [path, real] of stores) {
    const failing = path === dying ? createFailingStore(real, failure) : real
    const start = async (store: Store) => {
      districts.set(path, await startDistrict(t, world, path, { store }))
    }
    // The gateway may die in the middle of its start.
    await start(failing).catch(() => {
      hasDied = true
      return start(real)
    })
  }
  const [alder, birch] = [
    await connectKiosk(world, `${ALDER}/k1`),
    await connectKiosk(world, `${BIRCH}/k1`),
  ]
  /** As a supervisor does. */
  async function supervise(): Promise<void> {
    const district = districts.get(dying)
    const store = stores.get(dying)
    if (district === undefined || store === undefined || district.failures.length === 0) return
    await killDistrict(district)
    districts.set(dying, await startDistrict(t, world, dying, { store }))
    hasDied = true
  }
  /** With little patience, so that a dead gateway costs little time; then with all of it. */
  const patience = (tries: number) => {
    world.patienceMs = tries < 4 ? 150 : 10_000
  }
  async function send(kiosk: Kiosk, made: Made): Promise<void> {
    for (let tries = 0; tries < 20; tries++) {
      patience(tries)
      await supervise()
      if ((await kiosk.send(made))?.logIndex !== undefined) return
    }
    t.fail('no receipt in twenty tries')
  }
  async function make(kiosk: Kiosk, person: number, captureNumber: number): Promise<Made> {
    for (let tries = 0; tries < 20; tries++) {
      patience(tries)
      await supervise()
      try {
        return await kiosk.make(person, { captureNumber })
      } catch {
        // no lease yet
      }
    }
    throw new Error('no lease in twenty tries')
  }
  const made = [await make(alder, 1, 0), await make(birch, 2, 0), await make(birch, 1, 1)] as const
  const state = (path: typeof ALDER) => districts.get(path)?.gateway.state
  const done = async (is: () => boolean) => {
    const isTrue = async () => {
      await supervise()
      return is()
    }
    world.patienceMs = 20_000
    return t.ok(await until(world, isTrue, 3600), JSON.stringify(state(dying)?.counts))
  }
  await send(alder, made[0])
  await done(() => state(ALDER)?.counts.final === 1)
  await send(birch, made[1])
  await done(() => state(BIRCH)?.counts.final === 1)
  await send(birch, made[2])
  await done(() => state(BIRCH)?.cases.length === 1 && state(BIRCH)?.counts.secondLook === 1)
  for (let tries = 0; tries < 3; tries++) {
    world.patienceMs = 1500
    await supervise()
    const isSettled = await settle(world, ...districts.values())
    // A gateway that has died meanwhile has nothing left to do either.
    if (isSettled && districts.get(dying)?.failures.length === 0) break
  }
  world.patienceMs = 10_000
  for (const [kiosk, one] of [
    [alder, made[0]],
    [birch, made[1]],
    [birch, made[2]],
  ] as const) {
    t.ok((await kiosk.send(one))?.logIndex !== undefined, 'the same receipt once more')
  }
  return { stores, state, hasDied }
}

/** More than the story has. */
const MAX_COMMITS = 30

async function leaves(store: Store) {
  const rows = await store.range(TABLES.leaves)
  const types = rows.map(({ value }) => decodeRecord(leafRow, value).type)
  const counts = new Map<string, number>()
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1)
  return { keys: rows.map(({ key }) => Number(key)), counts: Object.fromEntries(counts) }
}

/** Who dies when: the quick run leaves out two of the four. */
const DEATHS = [
  { dying: ALDER, when: 'before', isQuick: true },
  { dying: ALDER, when: 'after', isQuick: false },
  { dying: BIRCH, when: 'before', isQuick: false },
  { dying: BIRCH, when: 'after', isQuick: true },
] as const
const isFull = process.env['PERSONHOOD_TEST_FULL'] === '1'

for (const { dying, when } of DEATHS.filter(({ isQuick }) => isQuick || isFull)) {
  t.test(`${dying} dies ${when} each of its commits: nothing lost, nothing twice`, async (t) => {
    let hasDied = true
    let at = 1
    for (; hasDied && at < MAX_COMMITS; at++) {
      await t.test(`commit ${at}`, async (t) => {
        const world = createWorld()
        const told = await story(t, world, { at, when }, dying)
        const { stores, state } = told
        hasDied = told.hasDied
        const alder = await leaves(stores.get(ALDER) as Store)
        const birch = await leaves(stores.get(BIRCH) as Store)
        t.same(alder.counts, { enrolment: 1, final: 1, query: 3, answer: 2, case: 1 })
        t.same(birch.counts, { enrolment: 2, final: 1, query: 3, answer: 1, case: 1 })
        for (const { keys } of [alder, birch]) t.same(keys, [...keys.keys()], 'no gap in the log')
        t.equal(state(ALDER)?.counts.enrolments, 1)
        t.equal(state(BIRCH)?.counts.enrolments, 2)
        t.same([state(ALDER)?.counts.final, state(BIRCH)?.counts.final], [1, 1])
        t.equal(state(ALDER)?.cases[0]?.id, state(BIRCH)?.cases[0]?.id)
        t.equal(state(ALDER)?.cases.length, 1)
        for (const store of stores.values()) {
          const work = await store.range(TABLES.work)
          t.ok(work.length <= 1, 'only the second look is open')
        }
      })
    }
    t.ok(at > 8 && at < MAX_COMMITS, `${at - 1} commits`)
  })
}
