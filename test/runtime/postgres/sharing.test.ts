import t from 'tap'
import { noPostgres, startPostgres } from '../../../bench/servers/postgres.ts'
import { openLedger } from '../../../gateway/records/ledger.ts'
import { leafKey, TABLES } from '../../../gateway/records/rows.ts'
import { randomBytes } from '../../../runtime/crypto.ts'
import { parseDatabaseUrl } from '../../../runtime/postgres/address.ts'
import { openPostgresStore } from '../../../runtime/postgres/postgres-store.ts'

const CONTENT = { record: new Uint8Array(16).fill(1), hash: new Uint8Array(32).fill(2) }
const KEY = new Uint8Array(32).fill(7)
const CHANGES = 40

t.test('writers of one district in PostgreSQL', { skip: noPostgres() }, async (t) => {
  const server = await startPostgres(t)
  const address = parseDatabaseUrl(server.url)
  const open = async (writer: string) => {
    const store = await openPostgresStore({ address, district: 'a.b.c.d', key: KEY, writer })
    t.teardown(() => store.close())
    return store
  }

  await t.test('two at once number their leaves in one order, without a gap', async (t) => {
    const stores = [await open('ingest-1'), await open('ingest-2')]
    const ledgers = await Promise.all(stores.map((store) => openLedger(store, randomBytes)))
    const seen: string[] = []
    const [first] = ledgers
    first?.follow('work', (key) => void seen.push(key))
    const added = ledgers.flatMap((ledger, who) =>
      Array.from({ length: CHANGES }, (_, n) =>
        ledger.change(
          (draft) => {
            draft.write({ table: 'work', key: `${who}-${n}`, value: Uint8Array.of(n) })
            return draft.leaf('enrolment', CONTENT)
          },
          // Some share a commit, some stand alone.
          n % 3 === 0 ? undefined : `${n}`,
        ),
      ),
    )
    const indices = (await Promise.all(added)).sort((a, b) => a - b)
    const all = Array.from({ length: 2 * CHANGES }, (_, i) => i)
    t.same(indices, all)
    const [store] = stores
    const leaves = (await store?.range(TABLES.leaves)) ?? []
    t.same(
      leaves.map(({ key }) => key),
      all.map(leafKey),
    )
    await first?.catchUp()
    t.equal(seen.filter((key) => key.startsWith('1-')).length, CHANGES, 'it has heard of each')
    for (const ledger of ledgers) ledger.stop()
  })

  await t.test('one that is told of news takes it in without being asked', async (t) => {
    const [one, two] = [await open('a'), await open('b')]
    const speaker = await openLedger(one, randomBytes)
    const hearer = await openLedger(two, randomBytes)
    const heard = new Promise<string>((resolve) => hearer.follow('work', resolve))
    await speaker.change((draft) =>
      draft.write({ table: 'work', key: 'news', value: Uint8Array.of(1) }),
    )
    t.equal(await heard, 'news')
    for (const ledger of [speaker, hearer]) ledger.stop()
  })

  await t.test('one that hangs in its turn does not hold up the others for ever', async (t) => {
    const [hung, other] = [await open('hung'), await open('other')]
    const ledger = await openLedger(other, randomBytes)
    let end = () => {}
    const never = hung.sharing?.turn(() => new Promise<void>((resolve) => (end = resolve)))
    // Its turn comes first.
    await hung.get('x', 'y')
    t.type(await ledger.change((draft) => draft.leaf('enrolment', CONTENT)), 'number')
    end()
    await never
    ledger.stop()
  })
})
