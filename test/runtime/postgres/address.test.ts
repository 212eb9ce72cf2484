import t from 'tap'
import { addressText, isLocalHost, parseDatabaseUrl } from '../../../runtime/postgres/address.ts'

t.test('a database is named by role, hosts and database', async (t) => {
  t.same(parseDatabaseUrl('postgres://gate@db.example:6432/alder'), {
    hosts: [{ host: 'db.example', port: 6432 }],
    database: 'alder',
    role: 'gate',
  })
  t.same(parseDatabaseUrl('postgresql://gate@one,[fd00::2]:5433/alder').hosts, [
    { host: 'one', port: 5432 },
    { host: 'fd00::2', port: 5433 },
  ])
  t.same(parseDatabaseUrl('postgres://gate@:5433/alder?host=/var/run/postgresql').hosts, [
    { host: '/var/run/postgresql', port: 5433 },
  ])
  const address = parseDatabaseUrl('postgres://gate@one,two:1/alder')
  t.equal(addressText(address), 'database alder on one:5432,two:1 as gate')
})

t.test('what is no address of a database is refused, a password among it', async (t) => {
  const refused = [
    '',
    'mysql://a@b/c',
    'postgres://b/c',
    'postgres://a@/c',
    'postgres://a@b/',
    'postgres://a@b:0/c',
    'postgres://a@b:65536/c',
    'postgres://a@b,,c/d',
    'postgres://a@b/c?sslmode=disable',
    'postgres://a@b/c?host=/run',
    'postgres://a@/c?host=run',
    `postgres://a@${Array.from({ length: 9 }, (_, i) => `h${i}`).join()}/c`,
  ]
  for (const url of refused) {
    t.throws(() => parseDatabaseUrl(url), { code: 'config.database-url' }, url)
  }
  t.throws(() => parseDatabaseUrl('postgres://a:secret@b/c'), { message: /password/ })
})

t.test('only this machine is reached without TLS', async (t) => {
  const isLocal = (host: string) => isLocalHost({ host, port: 1 })
  for (const host of ['/run', 'localhost', '::1', '127.0.0.1']) t.ok(isLocal(host), host)
  for (const host of ['db', '10.0.0.1', 'fd00::1', '127.0.0.1.example'])
    t.notOk(isLocal(host), host)
})
