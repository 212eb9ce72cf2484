import t from 'tap'
import { openLedger } from '../../../gateway/records/ledger.ts'
import { pages } from '../../../gateway/records/pages.ts'
import { countOne, usedToday } from '../../../gateway/records/quotas.ts'
import { openRegistry } from '../../../gateway/records/registry.ts'
import { type RegistryRow, recordIdRow, TABLES } from '../../../gateway/records/rows.ts'
import { openStatuses } from '../../../gateway/records/statuses.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { readStatus } from '../../../protocol/status-list.ts'
import { DAY_S } from '../../../protocol/time.ts'
import { randomBytes } from '../../../runtime/crypto.ts'
import { ALDER } from '../../kit/demo-trust.ts'
import { createMemoryStore } from '../../kit/memory-store.ts'
import { openTempStore } from '../bench.ts'

const row = (logIndex: number): RegistryRow => ({
  kiosk: `${ALDER}/k1`,
  captured: 1,
  received: 2,
  consentHash: new Uint8Array(32),
  commitment: new Uint8Array(9),
  provisional: new Uint8Array(150),
  card: { uid: new Uint8Array(7), r: new Uint8Array(16) },
  ticket: new Uint8Array(8),
  localSearch: 'none',
  logIndex,
  stage: 'waiting',
  assurance: 1,
  coverage: { asked: 0, known: 2, searched: 0 },
})

t.test('numbers and the newest fifty are the same after a start', async (t) => {
  const store = await openTempStore(t)
  const ledger = await openLedger(store, randomBytes)
  const registry = await openRegistry(store, ledger)
  const names = Array.from({ length: 60 }, (_, n) => n.toString(16).padStart(32, '0')).reverse()
  for (const [n, record] of names.entries()) {
    await ledger.change((draft) => registry.set(draft, record, row(n), undefined))
  }
  const [first = '', last = ''] = [names[0], names[59]]
  await ledger.change((draft) => registry.set(draft, last, { ...row(59), stage: 'final' }, row(59)))
  await ledger.change((draft) =>
    registry.set(draft, first, { ...row(0), stage: 'second-look', deadline: 9 }, row(0)),
  )
  const again = await openRegistry(store, ledger)
  for (const one of [registry, again]) {
    t.same(one.stages, { waiting: 58, 'second-look': 1, final: 1 })
    t.equal(one.recent.length, 50)
    t.same([one.recent[0]?.record, one.recent[0]?.row.stage], [last, 'final'])
    t.equal(one.recent[49]?.row.logIndex, 10)
    t.same((await one.get(first))?.deadline, 9)
  }
})

t.test('a credential leads to its enrolment', async (t) => {
  const store = createMemoryStore()
  const ledger = await openLedger(store, randomBytes)
  const registry = await openRegistry(store, ledger)
  const record = randomBytes(16)
  await ledger.change((draft) => {
    registry.set(draft, toHex(record), row(4), undefined)
    draft.set(TABLES.credentials, '0011223344556677', recordIdRow, { record })
  })
  t.equal((await registry.find('0011223344556677'))?.record, toHex(record))
  t.equal(await registry.find('ffffffffffffffff'), undefined)
})

t.test('pages give every row once, whatever their number', async (t) => {
  const store = await openTempStore(t)
  for (const count of [0, 1, 999, 1000, 1001, 2500]) {
    const table = `t${count}`
    const writes = Array.from({ length: count }, (_, n) => ({
      table,
      key: n.toString(36),
      value: Uint8Array.of(n & 255),
    }))
    await store.commit({ writes })
    const keys = new Set<string>()
    let rows = 0
    for await (const { key } of pages(store, table)) {
      keys.add(key)
      rows += 1
    }
    t.same([rows, keys.size], [count, count])
  }
})

t.test('a day has its own count', async (t) => {
  const store = createMemoryStore()
  const ledger = await openLedger(store, randomBytes)
  const count = (now: number) =>
    ledger.change(async (draft) => countOne(draft, 'k', now, await usedToday(store, 'k', now)))
  await count(5)
  await count(DAY_S - 1)
  t.equal(await usedToday(store, 'k', 77), 2)
  t.equal(await usedToday(store, 'k', DAY_S), 0)
  await count(DAY_S)
  t.equal(await usedToday(store, 'k', DAY_S), 1)
  t.equal(await usedToday(store, 'other', 5), 0)
})

t.test('an entry that nobody set is pending; one that is set stays after a start', async (t) => {
  const store = createMemoryStore()
  const ledger = await openLedger(store, randomBytes)
  const statuses = await openStatuses(store)
  const at = (index: number) => ({ list: 3, index })
  await ledger.change((draft) => {
    statuses.set(draft, at(7), 'valid')
    statuses.set(draft, at(65_535), 'valid')
    statuses.set(draft, at(65_535), 'suspended')
  })
  for (const one of [statuses, await openStatuses(store)]) {
    t.same(
      [6, 7, 8, 65_535].map((index) => readStatus(one.bits(3), index)),
      ['check-pending', 'valid', 'check-pending', 'suspended'],
    )
    t.equal(one.valid(3), 1)
    t.equal(one.valid(4), 0)
  }
  t.equal(statuses.version(3), 3)
  t.equal(statuses.version(4), 0)
})
