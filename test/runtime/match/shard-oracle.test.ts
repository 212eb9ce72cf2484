import t, { type Test } from 'tap'
import { noPostgres, startPostgres } from '../../../bench/servers/postgres.ts'
import type { OracleOptions } from '../../../runtime/duplicate-oracle.ts'
import { GALLERY_TABLE } from '../../../runtime/gallery/gallery-rows.ts'
import { openGallery } from '../../../runtime/gallery.ts'
import { openPostgresStore } from '../../../runtime/postgres/postgres-store.ts'
import { eventually } from '../../kit/eventually.ts'
import { adversarialPeople, handleOf, probeEyes, referencesOf } from '../../kit/gallery-people.ts'
import { optionsOf } from '../postgres/postgres-opener.ts'
import { allLoaded, decisionsOf, enrolRows, oracle, rowsOf, worker } from './match-kit.ts'

const ASKED: OracleOptions = { mode: 'fast', deadlineMs: 90_000 }
const SHORT: OracleOptions = { mode: 'fast', deadlineMs: 300 }

t.test('shards of a gallery in PostgreSQL', { skip: noPostgres(), timeout: 290_000 }, async (t) => {
  const server = await startPostgres(t)
  let places = 0
  const newPlace = () => ({ ...optionsOf(`${server.url}#district-${++places}`), shards: 8 })
  const opened = async (t: Test, place = newPlace()) => {
    const store = await openPostgresStore(place)
    t.teardown(() => store.close())
    return { place, store }
  }

  t.test('three workers decide as one gallery does, over adversarial people', async (t) => {
    const { place, store } = await opened(t)
    const probe = probeEyes(7)
    await enrolRows(store, adversarialPeople(probe, 240, 11))
    const gallery = await openGallery(store, { threads: 0 })
    t.teardown(() => gallery.close())
    const ways = [{ memory: 'resident' }, { memory: 'lean' }, { memory: 'resident' }] as const
    const workers = await Promise.all(
      ways.map((way) => worker(t, place, { gallery: { ...way, threads: 0 } })),
    )
    await eventually(() => allLoaded(workers), 'all shards loaded')
    await eventually(() => workers.every(({ state }) => state.loaded >= 2), 'a fair share for each')
    const asked = await oracle(t, place)
    const probes = [probe, { left: probe.left }, { right: probe.right }, probeEyes(90)]
    for (const [i, eyes] of probes.entries()) {
      const references = referencesOf(eyes)
      for (const views of [['as-is'], ['as-is', 'mirrored', 'crossed', 'flipped']] as const) {
        const options = { ...ASKED, mode: 'exact', views } as const
        t.same(
          decisionsOf(await asked.query(references, options)),
          decisionsOf(await gallery.query(references, options)),
          `probe ${i}, ${views.length} views`,
        )
      }
    }
  })

  t.test('who was committed before the question is found, who was erased is not', async (t) => {
    const { place, store } = await opened(t)
    const [first, second] = [probeEyes(1), probeEyes(50)]
    await worker(t, place, { gallery: { threads: 0 } })
    const asked = await oracle(t, place)
    for (let round = 0; round < 10; round++) {
      const people = [
        { handle: handleOf(2 * round), ...first },
        { handle: handleOf(2 * round + 1), ...second },
      ]
      await store.commit({ writes: rowsOf(people) })
      const found = await asked.query(referencesOf(first), ASKED)
      t.same(
        found.candidates.map(({ handle }) => handle),
        [handleOf(2 * round)],
      )
      t.same(found.coverage, { searched: round + 2, known: round + 2 })
      await store.commit({
        writes: [{ table: GALLERY_TABLE, key: handleOf(2 * round), value: undefined }],
      })
      t.same((await asked.query(referencesOf(first), ASKED)).candidates, [])
    }
  })

  t.test(
    'without workers, or with too few, less than all is covered until there are more',
    async (t) => {
      const { place, store } = await opened(t)
      const probe = probeEyes(3)
      await store.commit({ writes: rowsOf([{ handle: handleOf(1), ...probe }]) })
      const asked = await oracle(t, place)
      const none = await asked.query(referencesOf(probe), SHORT)
      t.same(none.candidates, [])
      t.same(
        none.coverage,
        { searched: 0, known: 8 },
        'a shard of which nothing is known is not empty',
      )
      const waiting = asked.query(referencesOf(probe), ASKED)
      const came = await worker(t, place, { gallery: { threads: 0 } })
      t.same((await waiting).candidates.length, 1, 'a question waits for whoever takes the shards')
      t.same((await waiting).coverage, { searched: 1, known: 1 })
      await came.close()
      const gone = await asked.query(referencesOf(probe), SHORT)
      t.ok(gone.coverage.searched < gone.coverage.known)
      t.equal(gone.coverage.known, 8)
    },
  )

  t.test(
    'a question ends at its deadline, when it is cancelled and when the oracle closes',
    async (t) => {
      const { place } = await opened(t)
      const asked = await oracle(t, place)
      const probe = referencesOf(probeEyes(3))
      t.same((await asked.query(probe, SHORT)).coverage.searched, 0)
      const stop = new AbortController()
      const cancelled = asked.query(probe, { ...ASKED, signal: stop.signal })
      stop.abort()
      t.same((await cancelled).coverage.searched, 0)
      const open = asked.query(probe, ASKED)
      await asked.close()
      t.same((await open).coverage.searched, 0)
    },
  )

  t.test('questions that are asked at once are each answered', async (t) => {
    const { place, store } = await opened(t)
    const people = Array.from({ length: 30 }, (_, n) => ({
      handle: handleOf(n),
      ...probeEyes(10 * n),
    }))
    await enrolRows(store, people)
    const workers = [await worker(t, place), await worker(t, place)]
    await eventually(() => allLoaded(workers), 'all shards loaded')
    const asked = await oracle(t, place)
    const found = await Promise.all(
      people.map((person) => asked.query(referencesOf(person), ASKED)),
    )
    t.same(
      found.map(({ candidates }) => candidates.map(({ handle }) => handle)),
      people.map(({ handle }) => [handle]),
    )
    t.ok(found.every(({ coverage }) => coverage.searched === 30 && coverage.known === 30))
  })

  t.test('a worker of the same process is asked without the database between', async (t) => {
    const { place, store } = await opened(t)
    const probe = probeEyes(3)
    await enrolRows(store, adversarialPeople(probe, 60, 12))
    const local = await worker(t, place, { gallery: { threads: 0 } })
    await eventually(() => allLoaded([local]), 'all shards loaded')
    const [near, far] = [await oracle(t, place, { local }), await oracle(t, place)]
    const raw = await server.connect()
    t.teardown(() => raw.close())
    await raw.query('CREATE TABLE seen AS SELECT 0 AS n', [], 5000)
    await raw.query(
      `CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN UPDATE seen SET n = n + 1; RETURN NEW; END $$`,
      undefined,
      5000,
    )
    await raw.query(
      'CREATE TRIGGER noted BEFORE INSERT ON personhood.question EXECUTE FUNCTION note()',
      undefined,
      5000,
    )
    const posts = async () => (await raw.query<{ n: number }>('SELECT n FROM seen', [], 5000))[0]?.n
    const here = await near.query(referencesOf(probe), ASKED)
    t.equal(await posts(), 0)
    t.same(decisionsOf(here), decisionsOf(await far.query(referencesOf(probe), ASKED)))
    t.ok(((await posts()) ?? 0) > 0)
    t.comment('another worker takes half of the shards: then the rest is asked of it')
    const other = await worker(t, place, { gallery: { threads: 0 } })
    await eventually(() => allLoaded([local, other]) && other.state.loaded === 4, 'shared')
    t.same(decisionsOf(await near.query(referencesOf(probe), ASKED)), decisionsOf(here))
  })
})
