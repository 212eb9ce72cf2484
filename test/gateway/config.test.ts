import t from 'tap'
import { parseGatewayConfig } from '../../gateway/config.ts'
import { DEFAULT_POLICY } from '../../gateway/policy.ts'

const TOML = `
station = "demo.east.lime.alder"
demo = true
[trust]
folder = ".."
[broker]
listen = 18831
[[peer]]
path = "demo.east.lime.birch"
broker = "mqtt://127.0.0.1:18832"
`

t.test('a gateway is configured by a file, with defaults for the rest', async (t) => {
  const config = parseGatewayConfig(TOML, 'gateway.toml')
  t.match(config, {
    station: 'demo.east.lime.alder',
    demo: true,
    data: 'data',
    trust: { folder: '..' },
    broker: { listenPort: 18_831 },
    peers: [{ path: 'demo.east.lime.birch', broker: 'mqtt://127.0.0.1:18832' }],
    pagePort: 0,
    policy: DEFAULT_POLICY,
  })
})

t.test('brokers of their own are one or several', async (t) => {
  const brokerOf = (lines: string) =>
    parseGatewayConfig(TOML.replace('listen = 18831', lines), 'gateway.toml').broker
  const [first, second] = ['mqtt://127.0.0.1:1883', 'mqtt://127.0.0.1:1884']
  t.same(brokerOf(`url = "${first}"`), { urls: [first], protocolVersion: 4 })
  t.same(brokerOf(`url = ["${first}", "${second}"]\nprotocol = "5"`), {
    urls: [first, second],
    protocolVersion: 5,
  })
})

t.test('how the gallery searches can be set', async (t) => {
  const searchOf = (lines: string) =>
    parseGatewayConfig(`${TOML}\n[search]\n${lines}`, 'gateway.toml').search
  t.same(parseGatewayConfig(TOML, 'gateway.toml').search, {})
  t.same(searchOf('memory = "lean"\nthreads = 2'), { memory: 'lean', threads: 2 })
  t.throws(() => searchOf('memory = "much"'), { code: 'config.invalid', message: 'search.memory' })
})

t.test('what contradicts itself is refused with the file and the way out', async (t) => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['demo = true', '', 'demo = true'],
    ['demo.east.lime.alder', 'north.east.lime.alder', 'leave demo out'],
    ['listen = 18831', 'listen = 18831\nurl = "mqtt://127.0.0.1:1"', 'either listen'],
    ['listen = 18831', '', 'either listen'],
    ['listen = 18831', 'url = []', 'empty list'],
    ['listen = 18831', 'url = ["mqtt://127.0.0.1:1", "http://b"]', 'mqtt://host:port'],
    ['listen = 18831', 'url = ["mqtt://127.0.0.1:1", "mqtts://b:1"]', 'tls_file'],
    ['path = "demo.east.lime.birch"', 'path = "demo.east.lime.alder"', 'its own peer'],
    ['mqtt://127.0.0.1:18832', 'http://127.0.0.1', 'mqtt://host:port'],
    ['mqtt://127.0.0.1:18832', 'mqtt://broker.example:1883', 'without TLS'],
    ['mqtt://127.0.0.1:18832', 'mqtts://broker.example', 'tls_file'],
    ['listen = 18831', 'listen = 18831\nhost = "0.0.0.0"', 'server_tls_file'],
    ['listen = 18831', 'listen = 18831\nserver_tls_file = "b.pem"', 'no tls_file'],
    ['listen = 18831', 'url = "mqtts://b.example:8883"\nhost = "b"', 'either listen'],
    ['folder = ".."', 'folder = ".."\ncolour = "red"', 'colour'],
    ['demo.east.lime.birch', 'Birch!', 'dotted path'],
  ]
  for (const [before, after, problem] of cases) {
    const toml = TOML.replace(before, after)
    t.throws(() => parseGatewayConfig(toml, 'gateway.toml'), {
      code: 'config.invalid',
      message: problem,
    })
  }
})
