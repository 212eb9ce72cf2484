import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import t from 'tap'
import type { PersonhoodError } from '../../protocol/errors.ts'
import { startBroker } from '../../runtime/broker.ts'
import { connectMqtt, type MqttOptions } from '../../runtime/mqtt-transport.ts'
import { state, transportContract } from './transport-contract.ts'

const MOSQUITTO = '/usr/sbin/mosquitto'
const anyone = { isKnown: () => true, mayPublish: () => true, maySubscribe: () => true }

process.on('unhandledRejection', (reason) => t.fail('unhandled rejection', { reason }))

t.test('over aedes, MQTT 3.1.1', async (t) => {
  const broker = await startBroker(anyone)
  t.teardown(() => broker.close())
  const { port } = broker
  await transportContract(t, { port, protocolVersion: 4, username: 'c', password: 'p' })
})

const skip = existsSync(MOSQUITTO) ? false : 'Debian package mosquitto is not installed'

for (const protocolVersion of [4, 5] as const) {
  t.test(`over Mosquitto, protocol version ${protocolVersion}`, { skip }, async (t) => {
    const { port, process: mosquitto } = await startMosquitto(t.testdir())
    t.teardown(() => mosquitto.kill('SIGKILL'))
    await transportContract(t, { port, protocolVersion })
  })
}

const noOpenssl = existsSync('/usr/bin/openssl') ? false : 'no openssl to make certificates with'

t.test(
  'over TLS: only to the broker that its certificate authority names',
  { skip: noOpenssl },
  async (t) => {
    const folder = t.testdir()
    const names = ['-subj', '/CN=broker', '-addext', 'subjectAltName=DNS:localhost']
    const files = ['-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`]
    const kind = [
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ]
    t.equal(spawnSync('openssl', ['req', '-x509', ...kind, ...names, ...files]).status, 0)
    const [key, cert] = ['key', 'cert'].map((name) => readFileSync(`${folder}/${name}.pem`, 'utf8'))
    if (key === undefined || cert === undefined) return t.fail('no certificate')
    const broker = await startBroker(anyone)
    const front = createTlsServer({ key, cert }, (near) => {
      const far = connect(broker.port, '127.0.0.1')
      near.pipe(far).pipe(near)
      near.on('error', () => far.destroy())
    })
    front.on('tlsClientError', () => undefined)
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
    const { port } = front.address() as AddressInfo
    const open = (more: Partial<MqttOptions>) =>
      connectMqtt({
        url: `mqtts://localhost:${port}`,
        clientId: 'c',
        username: 'c',
        random: () => 0,
        retryMinMs: 5,
        ...more,
      })

    const trusting = open({ tls: { ca: cert } })
    await state(trusting)
    await trusting.publish('a', new Uint8Array(10_000))
    const { sentBytes, receivedBytes } = trusting.counters()
    t.ok(
      sentBytes > 10_200 && sentBytes < 12_000,
      `${sentBytes} with TLS, as they go over the line`,
    )
    t.ok(receivedBytes > 500 && receivedBytes < 3000, `${receivedBytes} received`)
    await trusting.close()

    for (const more of [{}, { tls: { ca: cert }, url: `mqtts://127.0.0.1:${port}` }]) {
      const fault = await new Promise<PersonhoodError>((resolve) => {
        const wary = open({
          ...more,
          onFault: (error) => void wary.close().then(() => resolve(error)),
        })
      })
      t.equal(fault.code, 'link.down')
      t.match((fault.cause as { code?: unknown }).code, /CERT|ALTNAME/)
    }
    front.close()
    return broker.close()
  },
)

t.test('an address where no broker can be is told, not thrown', async (t) => {
  const faults: string[] = []
  await new Promise<void>((resolve) => {
    const transport = connectMqtt({
      url: 'mqtt://name.invalid',
      clientId: 'x',
      random: () => 0,
      retryMinMs: 1,
      onFault: ({ code }) => {
        faults.push(code)
        void transport.close().then(resolve)
      },
    })
  })
  t.equal(faults[0], 'link.down')
})

async function startMosquitto(folder: string): Promise<{ port: number; process: ChildProcess }> {
  const port = await freePort()
  const config = `${folder}/mosquitto.conf`
  writeFileSync(
    config,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nuser root\n`,
  )
  const child = spawn(MOSQUITTO, ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  for await (const line of child.stderr) if (/running/.test(String(line))) break
  child.stderr.resume()
  return { port, process: child }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
