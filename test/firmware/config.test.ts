import t from 'tap'
import { parseKioskConfig } from '../../firmware/config.ts'

const DEMO = `
station = "demo.east.lime.alder/k1"
demo = true
[trust]
folder = "trust"
[broker]
url = "mqtt://127.0.0.1:1883"
[orb]
port = "simulator"
[nfc]
port = "simulator"
`

const REAL = DEMO.replace('demo.east', 'nation.east')
  .replace('demo = true\n', '')
  .replaceAll('"simulator"', '"/dev/personhood/dev0"')

t.test('a short file says what differs, the rest has its default', async (t) => {
  const config = parseKioskConfig(DEMO, 'kiosk.toml')
  t.match(config, {
    ...{ station: 'demo.east.lime.alder/k1', demo: true, provisionalDays: 30, pagePort: 0 },
    broker: { url: 'mqtt://127.0.0.1:1883', protocolVersion: 4, keepaliveS: 60 },
    ...{ leases: [], orb: { kind: 'simulator' } },
  })
  t.match(parseKioskConfig(REAL, 'kiosk.toml'), {
    demo: false,
    nfc: { kind: 'serial', path: '/dev/personhood/dev0' },
  })
})

t.test('a panel is a serial port, and a kiosk may be without', async (t) => {
  t.equal(parseKioskConfig(DEMO, 'k').panel, undefined)
  const panel = '[panel]\nport = "/dev/personhood/panel"\n'
  const path = '/dev/personhood/panel'
  t.same(parseKioskConfig(DEMO + panel, 'k').panel, { path, restartS: 0 })
  t.match(parseKioskConfig(`${DEMO}${panel}restart_s = 180\n`, 'k').panel, { restartS: 180 })
  for (const wrong of ['[panel]\n', `${panel}restart_s = 59\n`, `${panel}restart_s = 6001\n`]) {
    t.throws(() => parseKioskConfig(DEMO + wrong, 'k'), { code: 'config.invalid' })
  }
})

t.test('a slow line and an old gateway are said under relay', async (t) => {
  const usual = { line: 'lan', areTemplatesCoded: true, indicesInHand: 64 }
  t.same(parseKioskConfig(DEMO, 'k').relay, usual)
  const relay = '[relay]\nline = "2g"\ncoded_templates = false\nindices_in_hand = 2000\n'
  t.same(parseKioskConfig(DEMO + relay, 'k').relay, {
    ...{ line: '2g', areTemplatesCoded: false, indicesInHand: 2000 },
  })
  const wrong = relay.replace('2g', '5g')
  t.throws(() => parseKioskConfig(DEMO + wrong, 'k'), { code: 'config.invalid', message: /relay/ })
})

t.test('leases given at provisioning are blocks of one list', async (t) => {
  const lease = `[[lease]]\nlist = 1\nstart = 512\n`
  t.same(parseKioskConfig(DEMO + lease, 'k').leases, [{ list: 1, start: 512, count: 256 }])
  const beyond = lease.replace('512', '65500')
  t.throws(() => parseKioskConfig(DEMO + beyond, 'k'), { code: 'config.invalid', message: /65535/ })
})

t.test(
  'a production kiosk refuses simulators and demonstration paths, and the other way',
  async (t) => {
    const refused = (toml: string, message: RegExp) =>
      t.throws(() => parseKioskConfig(toml, 'k'), { code: 'config.invalid', message })
    refused(DEMO.replace('demo = true', ''), /demonstration/)
    refused(REAL.replace('"/dev/personhood/dev0"', '"simulator"'), /simulator/)
    refused(`demo = true\n${REAL}`, /demo = true/)
  },
)

t.test('every problem is told at once, with its path', async (t) => {
  const bad = DEMO.replace('/k1', '')
    .replace('mqtt://127.0.0.1:1883', 'http://x')
    .replace('demo = true', 'demo = true\nprovisional_days = 121\nstaton = 1')
  const error = t.throws(() => parseKioskConfig(bad, 'kiosk.toml')) as unknown as Error
  for (const part of ['station', 'broker.url', 'provisional_days', 'staton', 'kiosk.toml']) {
    t.match(error.message, part)
  }
})
