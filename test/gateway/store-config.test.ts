import t from 'tap'
import { parseGatewayConfig } from '../../gateway/config.ts'

const TOML = `
station = "demo.east.lime.alder"
demo = true
[trust]
folder = ".."
[broker]
listen = 18831
`
const storeOf = (lines: string) =>
  parseGatewayConfig(`${TOML}\n[store]\n${lines}`, 'gateway.toml').store

t.test('without a word about it the store lies in the data folder', async (t) => {
  t.equal(parseGatewayConfig(TOML, 'gateway.toml').store, undefined)
})

t.test('a database and the files of its TLS can be named', async (t) => {
  t.same(storeOf('url = "postgres://personhood@db1,db2:5433/alder"\nca = "ca.pem"'), {
    address: {
      hosts: [
        { host: 'db1', port: 5432 },
        { host: 'db2', port: 5433 },
      ],
      database: 'alder',
      role: 'personhood',
    },
    files: { ca: 'ca.pem' },
  })
  const { files } = storeOf('url = "postgres://p@db/alder"\nca = "a"\ncert = "b"\nkey = "c"') ?? {
    files: {},
  }
  t.same(files, { ca: 'a', cert: 'b', key: 'c' })
})

t.test('what is no database, has a password in it, or half a certificate is refused', async (t) => {
  for (const [lines, problem] of [
    ['url = "http://db/alder"', 'postgres://ROLE@HOST'],
    ['url = "postgres://p:secret@db/alder"', 'database-password'],
    ['ca = "ca.pem"', 'store.url'],
    ['url = "postgres://p@db/alder"\ncolour = "red"', 'colour'],
    ['url = "postgres://p@db/alder"\ncert = "c.pem"', 'cert and key'],
    ['url = "postgres://p@db/alder"\nkey = "k.pem"', 'cert and key'],
  ] as const) {
    t.throws(() => storeOf(lines), { code: 'config.invalid', message: problem }, lines)
  }
})
