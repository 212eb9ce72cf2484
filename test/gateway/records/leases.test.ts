import t, { type Test } from 'tap'
import { openLeases } from '../../../gateway/records/leases.ts'
import { type Ledger, openLedger } from '../../../gateway/records/ledger.ts'
import { recordIdRow, statusKey, TABLES } from '../../../gateway/records/rows.ts'
import type { Lease } from '../../../protocol/messages/lease.ts'
import { randomBytes } from '../../../runtime/crypto.ts'
import { openTempStore } from '../bench.ts'

async function bench(t: Test) {
  const store = await openTempStore(t)
  const ledger = await openLedger(store, randomBytes)
  let granted = 0
  const open = () =>
    openLeases(store, randomBytes, () => {
      granted += 1
    })
  const leases = await open()
  const grant = (kiosk: string, newest?: Lease) => grantFrom(ledger, leases, kiosk, newest)
  const use = ({ list, start }: Lease) =>
    ledger.change((draft) =>
      draft.set(TABLES.statusUses, statusKey(list, start + 9), recordIdRow, {
        record: new Uint8Array(16),
      }),
    )
  return { store, ledger, leases, open, grant, use, granted: () => granted }
}

function grantFrom(
  ledger: Ledger,
  leases: Awaited<ReturnType<typeof openLeases>>,
  kiosk: string,
  newest?: Lease,
): Promise<Lease> {
  return ledger.change((draft) => leases.grant(draft, kiosk, newest, 5))
}

t.test('asking twice grants once; naming the newest grants the next', async (t) => {
  const { grant, granted } = await bench(t)
  const first = await grant('d/k1')
  t.same(await grant('d/k1'), first)
  const second = await grant('d/k1', first)
  t.notSame(second, first)
  t.same(await grant('d/k1', first), second, 'its answer was lost')
  t.equal(granted(), 2)
})

t.test('a kiosk that has lost its store gets a block that nobody used', async (t) => {
  const { grant, use } = await bench(t)
  const first = await grant('d/k1')
  await use(first)
  const second = await grant('d/k1')
  t.notSame(second, first)
  t.same(await grant('d/k1'), second)
})

t.test('leases survive a start, and belong to one kiosk each', async (t) => {
  const { ledger, grant, open } = await bench(t)
  const [one, two] = [await grant('d/k1'), await grant('d/k2')]
  const again = await open()
  t.same(await grantFrom(ledger, again, 'd/k1'), one)
  t.same(await grantFrom(ledger, again, 'd/k2'), two)
  const status = { list: one.list, index: one.start + 255 }
  t.ok(again.isLeasedTo('d/k1', status))
  t.notOk(again.isLeasedTo('d/k2', status))
  t.notOk(again.isLeasedTo('d/k1', { list: one.list, index: one.start + 256 }))
  t.same([...again.lists], [[1, 512]])
})

t.test('blocks never overlap, come in no order, and fill a list before the next', async (t) => {
  const { leases, grant, use } = await bench(t)
  const all: Lease[] = []
  for (let n = 0; n < 258; n++) {
    const lease = await grant(`d/k${n}`)
    await use(lease)
    all.push(lease)
  }
  const inFirst = all.filter(({ list }) => list === 1).map(({ start }) => start)
  t.equal(new Set(inFirst).size, 256)
  t.notSame(
    inFirst,
    [...inFirst].sort((a, b) => a - b),
  )
  t.same(
    [...leases.lists],
    [
      [1, 65_536],
      [2, 512],
    ],
  )
})

t.test('a kiosk that uses nothing gets sixteen blocks, not the list', async (t) => {
  const { grant, use } = await bench(t)
  let newest: Lease | undefined
  const seen = new Set<string>()
  for (let n = 0; n < 40; n++) {
    newest = await grant('d/k1', newest)
    seen.add(`${newest.list}/${newest.start}`)
  }
  t.equal(seen.size, 16)
  if (newest !== undefined) await use(newest)
  t.notSame(await grant('d/k1', newest), newest, 'an index that came back opens the way')
})
