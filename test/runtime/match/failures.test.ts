import t from 'tap'
import { noPostgres, startPostgres } from '../../../bench/servers/postgres.ts'
import type { OracleAnswer, OracleOptions } from '../../../runtime/duplicate-oracle.ts'
import type { Fields, Log } from '../../../runtime/log.ts'
import { openPostgresStore } from '../../../runtime/postgres/postgres-store.ts'
import { eventually } from '../../kit/eventually.ts'
import { handleOf, probeEyes, referencesOf } from '../../kit/gallery-people.ts'
import { startStandby } from '../../kit/postgres-standby.ts'
import { enrolRows, oracle, placeOptions, rowsOf, startMachine, startWorker } from './match-kit.ts'

const isFull = process.env['PERSONHOOD_TEST_FULL'] === '1'
const ASKED: OracleOptions = { mode: 'fast', deadlineMs: 90_000 }
const LINES = 'max_connections = 100'
const LEASE_MS = 3000

const person = (n: number) => ({ handle: handleOf(n), ...probeEyes(10 * n) })
const people = (count: number, first = 0) =>
  Array.from({ length: count }, (_, i) => person(first + i))

/** A log that keeps the events of one name. */
function listener(name: string): { readonly log: Log; readonly heard: Fields[] } {
  const heard: Fields[] = []
  const hear = (event: string, fields: Fields = {}) => {
    if (event === name) heard.push(fields)
  }
  const log: Log = { debug: hear, info: hear, warn: hear, error: hear, child: () => log }
  return { log, heard }
}

/** Of the person asked for; where it says that it looked at all, it has found her. */
function isRight({ candidates, coverage }: OracleAnswer, handle: string): boolean {
  const isWhole = coverage.searched === coverage.known
  return !isWhole || (candidates.length === 1 && candidates[0]?.handle === handle)
}

const isWhole = ({ coverage }: OracleAnswer) => coverage.searched === coverage.known

t.test(
  'two of four workers are killed while they are asked',
  { skip: noPostgres(), timeout: 280_000 },
  async (t) => {
    const server = await startPostgres(t, LINES)
    const place = `${server.url}#district`
    const store = await openPostgresStore(placeOptions(place))
    t.teardown(() => store.close())
    const enrolled = people(isFull ? 2000 : 200)
    await enrolRows(store, enrolled)
    const asked = await oracle(t, placeOptions(place))
    const workers = await Promise.all([1, 2, 3, 4].map(() => startWorker(t, place, LEASE_MS)))
    const raw = await server.connect()
    t.teardown(() => raw.close())
    await eventually(async () => {
      const rows = await raw.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM personhood.shard_lease WHERE lease_until > now() GROUP BY worker`,
        [],
        5000,
      )
      return rows.length === 4 && rows.every(({ n }) => n === 2)
    }, 'two shards for each worker')
    let answers = 0
    for (let round = 0; round < (isFull ? 5 : 1); round++) {
      const asking = enrolled.slice(0, 60).map(async (one) => {
        const found = await asked.query(referencesOf(one), ASKED)
        if (isWhole(found)) answers++
        return isRight(found, one.handle)
      })
      const [first, second] = workers.splice(0, 2)
      first?.kill('SIGKILL')
      second?.kill('SIGKILL')
      t.notOk((await Promise.all(asking)).includes(false), 'nothing decided from a part')
      workers.push(await startWorker(t, place, LEASE_MS), await startWorker(t, place, LEASE_MS))
    }
    t.equal(answers, 60 * (isFull ? 5 : 1), 'and all were answered whole in the end')
  },
)

t.test(
  'a worker that wakes after its lease is not heard',
  { skip: noPostgres(), timeout: 280_000 },
  async (t) => {
    const server = await startPostgres(t, LINES)
    const place = `${server.url}#district`
    const store = await openPostgresStore(placeOptions(place))
    t.teardown(() => store.close())
    await enrolRows(store, people(20))
    const { log, heard } = listener('match.fenced')
    const asked = await oracle(t, placeOptions(place), { log })
    const zombie = await startWorker(t, place, LEASE_MS)
    t.ok(isWhole(await asked.query(referencesOf(person(1)), ASKED)))
    // Whoever cannot renew believes in its lease: as a process does that was stopped at the wrong moment.
    const raw = await server.connect()
    await raw.query('BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0', undefined, 5000)
    await raw.query(
      'SELECT FROM personhood.match_worker WHERE worker = $1 FOR UPDATE',
      [zombie.id],
      5000,
    )
    zombie.kill('SIGSTOP')
    const heir = await startWorker(t, place, 20_000)
    t.ok(isWhole(await asked.query(referencesOf(person(2)), ASKED)), 'another has taken over')
    t.equal(heard.length, 0)
    heir.kill('SIGSTOP')
    zombie.kill('SIGCONT')
    const found = await asked.query(referencesOf(person(3)), { ...ASKED, deadlineMs: 8000 })
    t.ok(heard.length > 0, 'the zombie has answered')
    t.same(
      heard.map(({ worker }) => worker),
      heard.map(() => zombie.id),
    )
    t.equal(found.coverage.searched, 0, 'and nothing of it counts')
    t.ok(found.coverage.known > 0)
    t.same(found.candidates, [])
    await raw.query('ROLLBACK', undefined, 5000)
    await raw.close()
    heir.kill('SIGCONT')
    const again = await asked.query(referencesOf(person(3)), ASKED)
    t.ok(isWhole(again) && isRight(again, person(3).handle))
  },
)

t.test(
  'the primary is killed and its synchronous standby promoted',
  { skip: noPostgres(), timeout: 280_000 },
  async (t) => {
    const primary = await startPostgres(t, LINES)
    const standby = await startStandby(t, primary, LINES)
    const hosts = `127.0.0.1:${primary.port},127.0.0.1:${standby.port}`
    const place = `postgres://postgres@${hosts}/postgres#district`
    const store = await openPostgresStore(placeOptions(place))
    t.teardown(() => store.close())
    const asked = await oracle(t, placeOptions(place))
    await Promise.all([1, 2].map(() => startWorker(t, place, LEASE_MS)))
    const acknowledged: number[] = []
    let wrong = 0
    let whole = 0
    let isOver = false
    const enrolling = (async () => {
      for (let n = 0; !isOver; n++) {
        await store.commit({ writes: rowsOf([person(n)]) })
        acknowledged.push(n)
      }
    })()
    const asking = [1, 2, 3].map(async () => {
      while (!isOver) {
        const n = acknowledged[Math.floor(Math.random() * acknowledged.length)] ?? 0
        const found = await asked.query(referencesOf(person(n)), { ...ASKED, deadlineMs: 10_000 })
        if (acknowledged.includes(n) && !isRight(found, person(n).handle)) wrong++
        if (isWhole(found)) whole++
      }
    })
    await eventually(() => acknowledged.length > 100 && whole > 10, 'people enrolled and found')
    await primary.kill()
    standby.promote()
    const [before, wholeBefore] = [acknowledged.length, whole]
    await eventually(
      () => acknowledged.length > before + 50 && whole > wholeBefore + 10,
      'it goes on',
    )
    isOver = true
    await Promise.all([enrolling, ...asking])
    t.equal(wrong, 0, 'no decision from a part')
    const rows = await store.range('gallery')
    const stored = new Set(rows.map(({ key }) => key))
    const lost = acknowledged.filter((n) => !stored.has(handleOf(n)))
    t.same(lost, [], `0 of ${acknowledged.length} acknowledged lost`)
    const last = acknowledged.at(-1) ?? 0
    const found = await asked.query(referencesOf(person(last)), ASKED)
    t.ok(isRight(found, handleOf(last)))
    t.same(found.coverage, { searched: rows.length, known: rows.length })
  },
)

t.test(
  'a primary that is cut off from its synchronous standby decides nothing',
  { skip: noPostgres(), timeout: 280_000 },
  async (t) => {
    const primary = await startPostgres(t, LINES)
    const standby = await startStandby(t, primary, LINES)
    const place = `${primary.url}#district`
    const store = await openPostgresStore(placeOptions(place))
    t.teardown(() => store.close())
    await enrolRows(store, people(10))
    const asked = await oracle(t, placeOptions(place))
    await startWorker(t, place, LEASE_MS)
    t.ok(isWhole(await asked.query(referencesOf(person(1)), ASKED)))
    await standby.kill()
    const raw = await primary.connect()
    await eventually(async () => {
      const rows = await raw.query(
        'SELECT 1 FROM personhood.shard_lease WHERE lease_until > now()',
        [],
        5000,
      )
      return rows.length === 0
    }, 'leases that nobody can renew')
    await raw.close()
    const alone = await asked.query(referencesOf(person(1)), { ...ASKED, deadlineMs: 3000 })
    t.equal(alone.coverage.searched, 0, 'its worker lives and answers, and is not heard')
    t.ok(alone.coverage.known > 0)
    await standby.start()
    const again = await asked.query(referencesOf(person(1)), ASKED)
    t.ok(isWhole(again) && isRight(again, person(1).handle), 'with a standby it goes on')
  },
)

t.test(
  'of two gateway machines one is lost, and the other goes on',
  { skip: noPostgres(), timeout: 280_000 },
  async (t) => {
    const server = await startPostgres(t, LINES)
    const place = `${server.url}#district`
    const [lost, left] = await Promise.all([
      startMachine(t, place, 'a', 0),
      startMachine(t, place, 'b', 100_000),
    ])
    await eventually(() => lost.lines.length > 20 && left.lines.length > 20, 'both answer')
    lost.kill('SIGKILL')
    const before = left.lines.length
    await eventually(() => left.lines.length > before + 20, 'the one that is left answers')
    const said = left.lines.map((line) => line.split(' '))
    t.notOk(said.some(([, searched, known, found]) => searched === known && found !== 'itself'))
    const whole = said.filter(([, searched, known]) => searched === known)
    t.ok(whole.length > said.length - 3, `${whole.length} of ${said.length} answered whole`)
    const [, searched] = whole.at(-1) ?? []
    t.ok(Number(searched) >= lost.lines.length + left.lines.length - 1, 'the people of both')
  },
)
