import t from 'tap'
import { DUP_ANSWER, DUP_CASE, DUP_QUERY } from '../../protocol/messages/duplicate.ts'
import type { Message } from '../../runtime/transport.ts'
import { ALDER, BIRCH } from '../kit/demo-trust.ts'
import { createWorld, type District, settle, startDistrict, until } from './bench.ts'
import { connectKiosk } from './kiosk.ts'

const stages = ({ gateway }: District) => {
  const { waiting, secondLook, final } = gateway.state.counts
  return { waiting, secondLook, final }
}

t.test('the second enrolment in one district is a case, the first stays final', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER)
  await startDistrict(t, world, BIRCH)
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const first = await kiosk.enrol(1)
  t.ok(await until(world, () => alder.gateway.state.counts.final === 1))
  const other = await kiosk.enrol(2)
  t.ok(await until(world, () => alder.gateway.state.counts.final === 2))
  const second = await kiosk.enrol(1, { captureNumber: 1 })
  t.equal(second.receipt?.refusal, undefined, 'a hit withholds no receipt')
  t.ok(await until(world, () => alder.gateway.state.counts.secondLook === 1))
  await settle(world, alder)

  const { cases } = alder.gateway.state
  t.equal(cases.length, 1)
  const [open] = cases
  t.equal(open?.kind, 'local')
  t.equal(open?.state, 'open')
  t.equal(open?.deadline, world.clock.now().unix + 72 * 3600)
  t.ok((open?.left ?? 1) < 0.2 && (open?.right ?? 1) < 0.2, `${open?.left} ${open?.right}`)
  t.equal(open?.ownRecord, Buffer.from(second.record).toString('hex').slice(0, 8))
  t.equal(open?.otherRecord, Buffer.from(first.record).toString('hex').slice(0, 8))
  const rows = await kiosk.finals(first.id, other.id, second.id)
  t.same(
    rows.map(({ state }) => state),
    ['ready', 'ready', 'second-look'],
  )
  t.equal(rows[2]?.deadline, open?.deadline)
  t.equal(rows[2]?.credential, undefined)
})

t.test('a case that nobody decides in time is extended, and revokes nothing', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER)
  await startDistrict(t, world, BIRCH)
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const first = await kiosk.enrol(1)
  await until(world, () => alder.gateway.state.counts.final === 1)
  const second = await kiosk.enrol(1, { captureNumber: 1 })
  await until(world, () => alder.gateway.state.counts.secondLook === 1)
  const deadline = alder.gateway.state.cases[0]?.deadline ?? 0
  world.clock.set(deadline + 5)
  t.ok(await until(world, () => alder.gateway.state.cases[0]?.state === 'extended', 120))
  t.equal(alder.gateway.state.cases[0]?.deadline, deadline + 72 * 3600)
  await settle(world, alder)
  const rows = await kiosk.finals(first.id, second.id)
  t.same(
    rows.map(({ state }) => state),
    ['ready', 'second-look'],
  )
  t.equal(rows[1]?.deadline, deadline + 72 * 3600)
})

t.test(
  'two captures that arrive together: the elder one ends final, the younger one waits',
  async (t) => {
    const world = createWorld()
    const alder = await startDistrict(t, world, ALDER)
    await startDistrict(t, world, BIRCH)
    const [a, b] = [
      await connectKiosk(world, `${ALDER}/k1`),
      await connectKiosk(world, `${ALDER}/k2`),
    ]
    const [one, two] = [await a.make(3), await b.make(3, { captureNumber: 2 })]
    await Promise.all([a.send(one), b.send(two)])
    t.ok(await until(world, () => stages(alder).waiting === 0))
    await settle(world, alder)
    t.same(stages(alder), { waiting: 0, secondLook: 1, final: 1 })
    t.equal(alder.gateway.state.cases.length, 1)
  },
)

for (const [home, other] of [
  [ALDER, BIRCH],
  [BIRCH, ALDER],
] as const) {
  t.test(`enrolled in ${home}, then in ${other}: one case, the same on both sides`, async (t) => {
    const world = createWorld()
    const districts = {
      [ALDER]: await startDistrict(t, world, ALDER),
      [BIRCH]: await startDistrict(t, world, BIRCH),
    }
    const [here, there] = [districts[home] as District, districts[other] as District]
    const kiosk = await connectKiosk(world, `${home}/k1`)
    const foreign = await connectKiosk(world, `${other}/k1`)
    const first = await kiosk.enrol(1)
    t.ok(await until(world, () => stages(here).final === 1))
    const second = await foreign.enrol(1, { captureNumber: 3 })
    t.equal(second.receipt?.refusal, undefined)
    t.ok(await until(world, () => there.gateway.state.cases.length === 1))
    await settle(world, here, there)

    const [ours] = here.gateway.state.cases
    const [theirs] = there.gateway.state.cases
    t.equal(ours?.id, theirs?.id)
    t.same([ours?.left, ours?.right], [theirs?.left, theirs?.right])
    t.ok((ours?.left ?? 1) < 0.2)
    t.same([ours?.kind, ours?.otherDistrict], ['cross-district', other])
    t.same([theirs?.ownRecord, theirs?.otherRecord], [ours?.otherRecord, ours?.ownRecord])
    t.same(stages(here), { waiting: 0, secondLook: 0, final: 1 }, 'the first credential stands')
    t.same(stages(there), { waiting: 0, secondLook: 1, final: 0 })
    t.equal((await kiosk.finals(first.id))[0]?.state, 'ready')
    t.equal((await foreign.finals(second.id))[0]?.state, 'second-look')

    await foreign.enrol(9)
    t.ok(await until(world, () => stages(there).final === 1), 'another person is not caught')
    t.equal(there.gateway.state.cases.length, 1)
    t.equal(here.gateway.state.cases.length, 1)
  })
}

for (const view of ['crossed', 'flipped', 'mirrored'] as const) {
  t.test(
    `whoever comes again with eyes ${view} is a case in both districts, and it says how`,
    async (t) => {
      const world = createWorld()
      const alder = await startDistrict(t, world, ALDER)
      const birch = await startDistrict(t, world, BIRCH)
      const kiosk = await connectKiosk(world, `${ALDER}/k1`)
      const foreign = await connectKiosk(world, `${BIRCH}/k1`)
      await kiosk.enrol(1)
      t.ok(await until(world, () => stages(alder).final === 1))
      await kiosk.enrol(1, { captureNumber: 1, view })
      t.ok(await until(world, () => stages(alder).secondLook === 1), 'in her own district')
      t.same(
        alder.gateway.state.cases.map((open) => open.view),
        [view],
      )
      await foreign.enrol(1, { captureNumber: 2, view })
      t.ok(await until(world, () => stages(birch).secondLook === 1), 'in another one')
      await settle(world, alder, birch)
      t.ok(birch.gateway.state.cases.some((open) => open.view === view))
      t.same(
        alder.gateway.state.cases.map(({ id, view }) => [id, view]).sort(),
        [
          ...birch.gateway.state.cases.map(({ id, view }) => [id, view]),
          ...alder.gateway.state.cases
            .filter(({ kind }) => kind === 'local')
            .map(({ id }) => [id, view]),
        ].sort(),
        'both districts have it of the same cases',
      )
    },
  )
}

/** Messages between the gateways, to be lost at their first try. */
const LOSSES: readonly (readonly string[])[] = [
  [],
  [DUP_QUERY],
  [DUP_ANSWER],
  [DUP_CASE],
  ['receipt'],
  [DUP_QUERY, DUP_ANSWER, DUP_CASE, 'receipt'],
]

for (const lost of LOSSES) {
  const what = lost.length === 0 ? 'nothing' : `each first ${lost.join(', ')}`
  t.test(`the same moment in two districts, with ${what} lost: one case per side`, async (t) => {
    const world = createWorld()
    const alder = await startDistrict(t, world, ALDER)
    const birch = await startDistrict(t, world, BIRCH)
    const gone = new Set<string>()
    const lose = ({ topic }: Message) => {
      const type = topic.split('/').at(-1) ?? ''
      if (!topic.includes('/g/in/') || !lost.includes(type) || gone.has(topic)) return false
      gone.add(topic)
      return true
    }
    world.bus(ALDER).lose = lose
    world.bus(BIRCH).lose = lose
    const a = await connectKiosk(world, `${ALDER}/k1`)
    const b = await connectKiosk(world, `${BIRCH}/k1`)
    const [one, two] = [await a.make(5), await b.make(5, { captureNumber: 1 })]
    await Promise.all([a.send(one), b.send(two)])
    const both = () => [alder, birch].every((one) => one.gateway.state.cases.length === 1)
    t.ok(await until(world, both, 200))
    await world.timers.advance(200_000)
    t.ok(await settle(world, alder, birch), 'nobody waits for the other')
    t.equal(alder.gateway.state.cases.length, 1)
    t.equal(birch.gateway.state.cases.length, 1)
    t.equal(alder.gateway.state.cases[0]?.id, birch.gateway.state.cases[0]?.id)
    const looks = stages(alder).secondLook + stages(birch).secondLook
    t.ok(looks >= 1, 'at least one of the two sees the other')
    t.equal(stages(alder).waiting + stages(birch).waiting, 0)
    t.equal(looks + stages(alder).final + stages(birch).final, 2)
    t.same([alder.failures, birch.failures], [[], []])
  })
}
