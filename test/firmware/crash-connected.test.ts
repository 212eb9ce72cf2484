import t from 'tap'
import type { Kiosk } from '../../firmware/kiosk.ts'
import { createWorld, startDistrict } from '../gateway/bench.ts'
import { ALDER, ALDER_KIOSK } from '../kit/demo-trust.ts'
import { createMemoryStore } from '../kit/memory-store.ts'
import { createFailingStore } from '../runtime/failing-store.ts'
import { blankCard } from './bench.ts'
import { journalOf, live } from './life.ts'
import { isFinished } from './pilot.ts'

/** Each commit in the full run, every third in the quick one. */
const STEP = process.env['PERSONHOOD_TEST_FULL'] === undefined ? 3 : 1

t.test('a kiosk that dies at a commit while the gateway answers loses nothing', async (t) => {
  let isEnd = false
  let at = 1
  for (; !isEnd; at += STEP) {
    const when = at % 2 === 0 ? 'before' : 'after'
    const world = createWorld([ALDER, ALDER_KIOSK])
    const gatewayStore = createMemoryStore()
    const district = await startDistrict(t, world, ALDER, { peers: [], store: gatewayStore })
    const store = createMemoryStore()
    const card = blankCard(1)
    const failing = createFailingStore(store, { at, when })
    const isDone = ({ state }: Kiosk) =>
      isFinished(state) && state.link.queued === 0 && state.enrolments.final === 1
    const common = { card, isConnected: true, leases: [] }
    isEnd = await live(world, { ...common, store: failing }, isDone)
    isEnd = isEnd && failing.commits < at
    const isReached = await live(world, { ...common, store }, isDone)
    if (!isReached) t.fail(`dead ${when} commit ${at}: not finished after the restart`)
    t.equal(district.gateway.state.counts.enrolments, 1, `dead ${when} commit ${at}`)
    t.same(await store.range('outbox'), [])
    const [[record] = []] = [...(await journalOf(store))]
    t.same(
      (await store.range('receipt')).map(({ key }) => key),
      [record],
    )
    t.same(district.failures, [])
  }
  t.ok(at > 12, `commits up to ${at} failed once each`)
})
