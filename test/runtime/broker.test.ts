import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import t from 'tap'
import { fromText } from '../../protocol/bytes.ts'
import { hasCode, type PersonhoodError } from '../../protocol/errors.ts'
import { type Broker, startBroker } from '../../runtime/broker.ts'
import { connectMqtt, type MqttOptions } from '../../runtime/mqtt-transport.ts'
import type { LoadedBundle } from '../../runtime/tls/bundle.ts'
import { memorySessions } from '../../runtime/tls/session-file.ts'
import { TLS_KIDS, tlsDistrict } from '../kit/tls-district.ts'
import { inbox, state } from './transport-contract.ts'

/** A kiosk publishes and subscribes under its own name only; the gateway may do all. */
const rights = {
  isKnown: (client: string, password: string) => password === `${client}'s secret`,
  mayPublish: (client: string, topic: string) =>
    client === 'gateway' || topic.startsWith(`k/${client}/`),
  maySubscribe: (client: string, filter: string) =>
    client === 'gateway' || filter.startsWith(`k/${client}/dn/`),
}

const open = (broker: Broker, name: string, more: Partial<MqttOptions> = {}) =>
  connectMqtt({
    url: broker.url,
    clientId: name,
    username: name,
    password: `${name}'s secret`,
    random: () => 0,
    retryMinMs: 5,
    retryMaxMs: 10,
    ...more,
  })

t.test('a kiosk writes and reads under its own name, and nowhere else', async (t) => {
  const broker = await startBroker(rights)
  const [gateway, kiosk] = [open(broker, 'gateway'), open(broker, 'k1')]
  const got = inbox()
  await Promise.all([state(gateway), state(kiosk)])
  await gateway.subscribe('k/+/up', got.take)
  await kiosk.publish('k/k1/up', fromText('mine'))
  t.same(await got.first(1), ['k/k1/up=mine'])

  await t.rejects(
    kiosk.subscribe('k/k2/dn/+', () => undefined),
    { code: 'link.refused' },
  )
  await t.rejects(
    kiosk.subscribe('#', () => undefined),
    { code: 'link.refused' },
  )
  t.equal(kiosk.isConnected, true, 'a refused subscription costs the connection nothing')

  // aedes acknowledges after it has asked for the right, so no PUBACK comes.
  await t.rejects(kiosk.publish('k/k2/up', fromText('forged')), { code: 'link.down' })
  await state(kiosk)
  await kiosk.publish('k/k1/up', fromText('after'))
  t.same(await got.first(2), ['k/k1/up=mine', 'k/k1/up=after'], 'the forged one went nowhere')
  await Promise.all([gateway.close(), kiosk.close()])
  await broker.close()
})

t.test('a stranger cannot make the broker keep a packet of a hundred megabytes', async (t) => {
  const broker = await startBroker(rights)
  const socket = connect(broker.port, '127.0.0.1')
  socket.on('error', () => undefined)
  const isGone = new Promise((resolve) => socket.on('close', () => resolve(true)))
  const tooLate = delay(10_000, false, { ref: false }) // aedes' own patience ends after 30 s
  socket.write(Uint8Array.of(0x10, 0x80, 0xe1, 0xeb, 0x2f))
  t.ok(await Promise.race([isGone, tooLate]))
  const kiosk = open(broker, 'k1')
  await state(kiosk)
  await kiosk.publish('k/k1/up', new Uint8Array(2_000_000))
  await kiosk.close()
  await broker.close()
})

t.test('a will that a kiosk may not publish is not published for it', async (t) => {
  const broker = await startBroker(rights)
  const gateway = open(broker, 'gateway')
  const got = inbox()
  await state(gateway)
  await gateway.subscribe('k/#', got.take)
  for (const topic of ['k/k2/state', 'k/k1/state']) {
    const rude = connect(broker.port, '127.0.0.1')
    rude.write(connectPacket('k1', topic))
    await new Promise((resolve) => rude.once('data', resolve))
    rude.destroy()
    await new Promise((resolve) => rude.once('close', resolve))
  }
  t.same(await got.first(1), ['k/k1/state=gone'])
  await gateway.close()
  await broker.close()
})

t.test("a wrong password, no name, or another one's id does not come in", async (t) => {
  const broker = await startBroker(rights)
  const honest = open(broker, 'k1')
  await state(honest)
  for (const more of [
    { password: 'guess' },
    { username: '' },
    { clientId: 'k1', username: 'k2', password: "k2's secret" },
    { clientId: 'k10', username: 'k1' },
  ]) {
    const fault = await new Promise<string>((resolve) => {
      const stranger = open(broker, 'k1', {
        ...more,
        onFault: ({ code }) => void stranger.close().then(() => resolve(code)),
      })
    })
    t.equal(fault, 'link.refused.unauthorised')
  }
  t.equal(honest.isConnected, true, 'nobody took its place')
  await honest.close()
  await broker.close()
})

t.test('noise does not harm the broker', async () => {
  const broker = await startBroker(rights)
  for (const noise of ['GET / HTTP/1.1\r\n\r\n', '\x10\xff\xff\xff\x7f', '\x30\x00', '\x00']) {
    const socket = connect(broker.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.end(Buffer.from(noise, 'latin1'))
    await new Promise((resolve) => socket.once('close', resolve).resume())
  }
  const kiosk = open(broker, 'k1')
  await state(kiosk)
  await kiosk.publish('k/k1/up', fromText('x'))
  await kiosk.close()
  await broker.close()
})

t.test('a port that is taken is told; a broker closes under its clients', async (t) => {
  const broker = await startBroker(rights)
  await t.rejects(startBroker(rights, { port: broker.port }), {
    code: 'link.port',
    message: /is taken/,
  })
  const kiosk = open(broker, 'k1')
  await state(kiosk)
  const idle = connect(broker.port, '127.0.0.1')
  await new Promise((resolve) => idle.once('connect', resolve))
  idle.on('error', () => undefined)
  await broker.close()
  await state(kiosk, false)
  const again = await startBroker(rights, { port: broker.port })
  await state(kiosk)
  await kiosk.close()
  await again.close()
})

/** The same rights, and certificates of two kiosks and a gateway. */
const NAMES: Readonly<Record<string, string>> = {
  [TLS_KIDS.k1]: 'k1',
  [TLS_KIDS.k2]: 'k2',
  [TLS_KIDS.gateway]: 'gateway',
}
const district = tlsDistrict()
const { broker: bundle } = district
const openTls = (broker: Broker, tls: LoadedBundle, more: Partial<MqttOptions> = {}) =>
  connectMqtt({
    url: broker.url,
    clientId: tls.commonName,
    tls,
    random: () => 0,
    retryMinMs: 5,
    retryMaxMs: 10,
    ...more,
  })

t.test('with TLS a kiosk is whom its certificate names, whatever name it gives', async (t) => {
  const broker = await startBroker(rights, { tls: { ...bundle, nameOf: (kid) => NAMES[kid] } })
  t.match(broker.url, /^mqtts:/)
  const [gateway, kiosk] = [
    openTls(broker, district.gateway),
    openTls(broker, district.k1, { username: 'gateway', password: "gateway's secret" }),
  ]
  const got = inbox()
  await Promise.all([state(gateway), state(kiosk)])
  await gateway.subscribe('k/+/up', got.take)
  await kiosk.publish('k/k1/up', fromText('mine'))
  t.same(await got.first(1), ['k/k1/up=mine'])
  await t.rejects(
    kiosk.subscribe('k/k2/dn/+', () => undefined),
    { code: 'link.refused' },
  )
  await t.rejects(kiosk.publish('k/k2/up', fromText('forged')), { code: 'link.down' })
  await Promise.all([gateway.close(), kiosk.close()])
  await broker.close()
})

t.test('who leaves the list of trust hears and says nothing more', async (t) => {
  const names = new Map(Object.entries(NAMES))
  const broker = await startBroker(rights, { tls: { ...bundle, nameOf: (kid) => names.get(kid) } })
  const faults: string[] = []
  const [gateway, kiosk, steady] = [
    openTls(broker, district.gateway),
    openTls(broker, district.k1, {
      stopsWhenRefused: true,
      onFault: ({ code }) => faults.push(code),
    }),
    openTls(broker, district.k2),
  ]
  const [lost, kept] = [inbox(), inbox()]
  await Promise.all([state(gateway), state(kiosk), state(steady)])
  await kiosk.subscribe('k/k1/dn/+', lost.take)
  await steady.subscribe('k/k2/dn/+', kept.take)
  names.delete(TLS_KIDS.k1)
  await gateway.publish('k/k1/dn/x', fromText('not for it any more'))
  await gateway.publish('k/k2/dn/x', fromText('yours'))
  await kept.first(1)
  t.same(lost.messages, [])
  const isRefused = new Promise<void>((resolve) => {
    kiosk.onState(() => kiosk.refusal && resolve())
  })
  await t.rejects(kiosk.publish('k/k1/up', fromText('still here')), { code: 'link.down' })
  await isRefused
  t.equal(kiosk.refusal?.code, 'link.refused.unauthorised')
  t.match(kiosk.refusal?.message, /not authorised/)

  const before = faults.length
  names.set(TLS_KIDS.k1, 'k1')
  await new Promise((resolve) => setTimeout(resolve, 100)) // ten of its waits
  t.equal(faults.length, before, 'it does not try')
  t.equal(kiosk.isConnected, false)
  kiosk.resume()
  await state(kiosk)
  t.equal(kiosk.refusal, undefined)
  await Promise.all([gateway.close(), kiosk.close(), steady.close()])
  await broker.close()
})

t.test('a stopped kiosk closes at once', async () => {
  const broker = await startBroker(rights, { tls: { ...bundle, nameOf: () => undefined } })
  const kiosk = openTls(broker, district.k1, { stopsWhenRefused: true })
  await new Promise<void>((resolve) => {
    kiosk.onState(() => kiosk.refusal && resolve())
  })
  await kiosk.close()
  await broker.close()
})

t.test('no certificate, or one of another authority, ends in the handshake', async (t) => {
  const broker = await startBroker(rights, { tls: { ...bundle, nameOf: () => 'k1' } })
  const stranger = { ...tlsDistrict().k1, authority: bundle.authority }
  const { commonName } = stranger
  const nobody = connectTls({ port: broker.port, host: '127.0.0.1', ca: bundle.authority })
  nobody.on('error', () => undefined)
  nobody.write(connectPacket('k1', 'k/k1/state'))
  let heard = 0
  nobody.on('data', ({ length }: Buffer) => {
    heard += length
  })
  await new Promise((resolve) => nobody.once('close', resolve))
  t.equal(heard, 0)
  const fault = await new Promise<PersonhoodError>((resolve) => {
    const wary = openTls(broker, stranger, {
      clientId: commonName,
      onFault: (error) => void wary.close().then(() => resolve(error)),
    })
  })
  t.ok(hasCode(fault, 'link.down'), fault.code)
  await broker.close()
})

t.test('an id of another certificate does not come in', async (t) => {
  const broker = await startBroker(rights, { tls: { ...bundle, nameOf: (kid) => NAMES[kid] } })
  const honest = openTls(broker, district.k1)
  await state(honest)
  const fault = await new Promise<string>((resolve) => {
    const thief = openTls(broker, district.k2, {
      clientId: TLS_KIDS.k1,
      onFault: ({ code }) => void thief.close().then(() => resolve(code)),
    })
  })
  t.equal(fault, 'link.refused.unauthorised')
  t.equal(honest.isConnected, true)
  await honest.close()
  await broker.close()
})

t.test('a broker that can be reached from outside wants TLS', async (t) => {
  await t.rejects(startBroker(rights, { host: '0.0.0.0' }), { code: 'config.broker' })
})

t.test('sessions outlive a restart of the broker that keeps its keys', async (t) => {
  const ticketKeys = new Uint8Array(48).fill(7)
  const tls = { ...bundle, ticketKeys, nameOf: (kid: string) => NAMES[kid] }
  const sessions = memorySessions()
  const bytes: number[] = []
  const brokers = [tls, tls, { ...tls, ticketKeys: new Uint8Array(48).fill(8) }]
  for (const options of brokers) {
    const broker = await startBroker(rights, { tls: options })
    const kiosk = openTls(broker, district.k1, { sessions })
    await state(kiosk)
    await kiosk.publish('k/k1/up', fromText('x')) // by then the tickets have come
    bytes.push(kiosk.counters().sentBytes + kiosk.counters().receivedBytes)
    await kiosk.close()
    await broker.close()
  }
  const [full = 0, resumed = 0, again = 0] = bytes
  t.ok(resumed < full / 2, `${resumed} of ${full} bytes`)
  t.ok(again > full * 0.9, `${again}: another key, and a full handshake again`)
})

/** MQTT 3.1.1 §3.1: CONNECT with a will of QoS 1, a name and its password. */
function connectPacket(name: string, willTopic: string): Buffer {
  const field = (text: string) =>
    Buffer.from([text.length >> 8, text.length & 255, ...Buffer.from(text)])
  const body = Buffer.concat([
    field('MQTT'),
    Buffer.of(4, 0b1100_1110, 0, 60),
    ...[name, willTopic, 'gone', name, `${name}'s secret`].map(field),
  ])
  return Buffer.concat([Buffer.of(0x10, body.length), body])
}
