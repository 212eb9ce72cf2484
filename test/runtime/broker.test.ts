import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { fromText } from '../../protocol/bytes.ts'
import { type Broker, startBroker } from '../../runtime/broker.ts'
import { connectMqtt, type MqttOptions } from '../../runtime/mqtt-transport.ts'
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
    t.equal(fault, 'link.refused')
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
