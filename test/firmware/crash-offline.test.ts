import t from 'tap'
import { toHex } from '../../protocol/bytes.ts'
import { parseCredential } from '../../protocol/credential.ts'
import type { Store } from '../../runtime/store.ts'
import { createWorld } from '../gateway/bench.ts'
import { readFileOf } from '../kit/card-reading.ts'
import { ALDER, ALDER_KIOSK } from '../kit/demo-trust.ts'
import { createMemoryStore } from '../kit/memory-store.ts'
import { createFailingStore, type Failure } from '../runtime/failing-store.ts'
import { BENCH_LEASE, blankCard } from './bench.ts'
import { journalOf, live } from './life.ts'
import { isFinished } from './pilot.ts'

for (const when of ['before', 'after'] as const) {
  t.test(`a kiosk that dies ${when} any commit finishes the enrolment once, offline`, async (t) => {
    let isEnd = false
    let at = 0
    while (!isEnd) {
      at += 1
      const failure: Failure = { at, when }
      const world = createWorld([ALDER, ALDER_KIOSK])
      const store = createMemoryStore()
      const card = blankCard(1)
      const failing = createFailingStore(store, failure)
      const first = { store: failing, card, isConnected: false }
      isEnd = await live(world, first, (kiosk) => isFinished(kiosk.state))
      isEnd = isEnd && failing.commits < at
      const again = { store, card, isConnected: false }
      const isReached = await live(world, again, (kiosk) => isFinished(kiosk.state))
      if (!isReached) t.fail(`dead at commit ${at}: not finished after the restart`)

      const rows = [...(await journalOf(store))]
      t.equal(rows.length, 1, `one enrolment, dead at commit ${at}`)
      const [record, row] = rows[0] ?? []
      const onCard = readFileOf(card)
      t.equal(onCard.kind, 'personhood')
      if (onCard.kind !== 'personhood' || row?.credential === undefined) return
      t.same(onCard.credential, row.credential, 'the card holds the one that was issued')
      t.same(parseCredential(onCard.credential).credential.id, row.credentialId)
      t.same(onCard.ticket?.number, row.ticket)
      const outbox = await store.range('outbox')
      t.same(
        outbox.map(({ key }) => key),
        [record],
        'its record waits for its receipt',
      )
      t.same(
        (await store.range('gallery')).map(({ key }) => key),
        [record],
      )
      t.equal(await usedIndices(store), 1, 'what was begun and not issued gave its index back')
    }
    t.ok(at > 8, `${at - 1} commits, each failed once`)
  })
}

async function usedIndices(store: Store): Promise<number> {
  const [row] = await store.range('lease', { from: `${BENCH_LEASE.list}-` })
  const hex = toHex(row?.value ?? new Uint8Array())
  // The bitmap is the last 32 bytes of the row.
  return [...hex.slice(-64)].reduce((sum, digit) => sum + bitsOf(Number.parseInt(digit, 16)), 0)
}

function bitsOf(nibble: number): number {
  return [1, 2, 4, 8].filter((bit) => (nibble & bit) !== 0).length
}
