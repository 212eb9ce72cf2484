import t, { type Test } from 'tap'
import { extended, type Finding, openCases } from '../../../gateway/check/cases.ts'
import { openLedger } from '../../../gateway/records/ledger.ts'
import { leafRow, TABLES } from '../../../gateway/records/rows.ts'
import { decodeRecord } from '../../../protocol/schema.ts'
import { randomBytes } from '../../../runtime/crypto.ts'
import { ALDER, BIRCH } from '../../kit/demo-trust.ts'
import { openTempStore } from '../bench.ts'

const A = new Uint8Array(16).fill(0xa)
const B = new Uint8Array(16).fill(0xb)
const SCORES = { left: { numeratorBits: 1000, commonBits: 9000 } }
const FINDING: Finding = {
  ownRecord: A,
  otherRecord: B,
  otherDistrict: BIRCH,
  scores: {},
  view: 'as-is',
  ownPresentation: undefined,
  isUntold: false,
  deadline: 500,
}

async function bench(t: Test) {
  const store = await openTempStore(t)
  const ledger = await openLedger(store, randomBytes)
  const cases = await openCases(store, ALDER)
  const put = (finding: Finding) => ledger.change((draft) => cases.put(draft, finding, 100))
  return { store, ledger, cases, put }
}

t.test(
  'a pair has one case, one leaf and one name, whoever finds it and however often',
  async (t) => {
    const { store, cases, put } = await bench(t)
    await put(FINDING)
    await put({ ...FINDING, isUntold: true, deadline: 900 })
    await put({ ...FINDING, scores: SCORES })
    await put(FINDING)
    t.equal(cases.open.size, 1)
    const [row] = cases.open.values()
    t.same([row?.left, row?.isUntold, row?.deadline], [SCORES.left, true, 500])
    const leaves = await store.range(TABLES.leaves)
    t.same(
      leaves.map(({ value }) => decodeRecord(leafRow, value).type),
      ['case'],
    )
    const theirs = await openCases(await openTempStore(t), BIRCH)
    const pair = { ownRecord: B, otherRecord: A, otherDistrict: ALDER }
    t.equal(theirs.idOf(pair), [...cases.open.keys()][0])
    t.not(theirs.idOf({ ...pair, otherDistrict: BIRCH }), theirs.idOf(pair))
    t.match((await openCases(store, ALDER)).open.get(cases.idOf(FINDING)), {
      left: SCORES.left,
      isUntold: true,
      logIndex: 0,
    })
  },
)

t.test('a deadline moves on in whole steps, past now, and says so', async (t) => {
  t.equal(extended(500, 499, 100), 500)
  t.equal(extended(500, 500, 100), 600)
  t.equal(extended(500, 1234, 100), 1300)
  const { ledger, cases, put } = await bench(t)
  await put(FINDING)
  await ledger.change((draft) => cases.extend(draft, 499, 100))
  t.same(
    [...cases.open.values()].map(({ isExtended }) => isExtended),
    [false],
  )
  await ledger.change((draft) => cases.extend(draft, 720, 100))
  t.match([...cases.open.values()], [{ deadline: 800, isExtended: true, opened: 100 }])
})

t.test('what was told stays told', async (t) => {
  const { store, ledger, cases, put } = await bench(t)
  await put({ ...FINDING, isUntold: true })
  const id = cases.idOf(FINDING)
  await ledger.change((draft) => cases.told(draft, id))
  await ledger.change((draft) => cases.told(draft, 'no such case'))
  t.equal((await openCases(store, ALDER)).open.get(id)?.isUntold, false)
})
