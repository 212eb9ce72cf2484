import type { Test } from 'tap'
import { fromText, toText } from '../../protocol/bytes.ts'
import { connectMqtt, type MqttOptions } from '../../runtime/mqtt-transport.ts'
import type { TlsBundle } from '../../runtime/tls/bundle.ts'
import type { Message, Transport } from '../../runtime/transport.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** A broker that runs already: which version to speak, and how to sign in. */
export type BrokerUnderTest = {
  readonly port: number
  readonly protocolVersion: 4 | 5
  readonly username?: string
  readonly password?: string
  /** With TLS: whose key and certificate; the username is its common name. */
  readonly tls?: TlsBundle
}

/** Resolves when the transport is connected, or when it is not. */
export function state(transport: Transport, connected = true): Promise<void> {
  return new Promise((resolve) => {
    const stop = transport.onState((now) => {
      if (now === connected) {
        stop()
        resolve()
      }
    })
    if (transport.isConnected === connected) {
      stop()
      resolve()
    }
  })
}

/** A list of messages, and a wait for its first so many. */
export type Inbox = {
  readonly messages: readonly Message[]
  readonly take: (message: Message) => void
  readonly first: (count: number) => Promise<readonly string[]>
}

/** An empty inbox. */
export function inbox(): Inbox {
  const messages: Message[] = []
  let wake: () => void = () => undefined
  return {
    messages,
    take(message: Message) {
      messages.push(message)
      wake()
    },
    async first(count: number): Promise<readonly string[]> {
      while (messages.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return messages.map(({ topic, payload }) => `${topic}=${toText(payload)}`)
    },
  }
}

/** What a transport must do over any broker. */
export async function transportContract(t: Test, broker: BrokerUnderTest): Promise<void> {
  let names = 0
  const open = (port: number, more: Partial<MqttOptions> = {}) => {
    const { username, password, protocolVersion, tls } = broker
    return connectMqtt({
      url: `${tls === undefined ? 'mqtt' : 'mqtts'}://127.0.0.1:${port}`,
      clientId: `${username ?? 'test'}:${++names}`,
      protocolVersion,
      ...(username === undefined ? {} : { username }),
      ...(tls && { tls }),
      ...(password === undefined ? {} : { password }),
      random: () => 0,
      retryMinMs: 5,
      retryMaxMs: 20,
      connectTimeoutMs: 5000,
      ...more,
    })
  }
  const withProxy = async (use: (proxy: TcpProxy) => Promise<void>) => {
    const proxy = await startTcpProxy(broker.port)
    try {
      await use(proxy)
    } finally {
      await proxy.close()
    }
  }

  t.test('a message reaches those whose filter takes it, and nobody else', async (t) => {
    const [sender, receiver] = [open(broker.port), open(broker.port)]
    const [plus, hash, other] = [inbox(), inbox(), inbox()]
    await state(receiver)
    await receiver.subscribe('c1/+/up', plus.take)
    await receiver.subscribe('c1/#', hash.take)
    await receiver.subscribe('c1/b/up', other.take)
    await state(sender)
    await sender.publish('c1/a/up', fromText('1'))
    await sender.publish('c1/a', fromText('2'))
    await sender.publish('c1', fromText('3'))
    await sender.publish('c1/b/up', fromText('end'))
    await other.first(1)
    // Where filters overlap, brokers may deliver once or once for each of them.
    t.same([...new Set(await plus.first(2))], ['c1/a/up=1', 'c1/b/up=end'])
    t.same([...new Set(await hash.first(4))], ['c1/a/up=1', 'c1/a=2', 'c1=3', 'c1/b/up=end'])
    t.same([...new Set(await other.first(1))], ['c1/b/up=end'])
    await Promise.all([sender.close(), receiver.close()])
  })

  t.test('every byte arrives, also 200 kB and none, and payloads are copies', async (t) => {
    const transport = open(broker.port)
    const got = inbox()
    await state(transport)
    await transport.subscribe('bytes', got.take)
    const large = Uint8Array.from({ length: 200_000 }, (_, i) => i * 7)
    const sent = transport.publish('bytes', large)
    const first = large.slice()
    large.fill(0)
    await sent
    await transport.publish('bytes', new Uint8Array())
    while (got.messages.length < 2) await new Promise(setImmediate)
    t.same(got.messages[0]?.payload, first)
    t.same(got.messages[1]?.payload, new Uint8Array())
    const { sentBytes, receivedBytes } = transport.counters()
    // A handshake, then 22 bytes for each record of at most 16 KiB (RFC 8446 §5.2).
    const most = broker.tls === undefined ? 201_000 : 205_000
    t.ok(sentBytes > 200_000 && sentBytes < most, `${sentBytes} sent`)
    t.ok(receivedBytes > 200_000 && receivedBytes < most, `${receivedBytes} received`)
    await transport.close()
    // The other side may say goodbye in TLS, a record with an alert (RFC 8446 §6.1).
    const goodbye = broker.tls === undefined ? 0 : 48
    const after = transport.counters().receivedBytes
    t.ok(after - receivedBytes <= goodbye && after >= receivedBytes, 'counted beyond the end')
  })

  t.test('a retained message waits for who comes later, and says so', async (t) => {
    const sender = open(broker.port)
    await state(sender)
    await sender.publish('kept/trust', fromText('list'), { retain: true })
    const receiver = open(broker.port)
    const got = inbox()
    await receiver.subscribe('kept/#', got.take) // before it is connected
    await got.first(1)
    t.same(got.messages, [{ topic: 'kept/trust', payload: fromText('list'), retained: true }])
    await sender.publish('kept/trust', fromText('new'))
    await got.first(2)
    t.equal(got.messages[1]?.retained, false)
    await Promise.all([sender.close(), receiver.close()])
  })

  t.test('two hundred messages at once are all acknowledged, in order', async (t) => {
    const transport = open(broker.port)
    const got = inbox()
    await state(transport)
    await transport.subscribe('many', got.take)
    const numbers = Array.from({ length: 200 }, (_, i) => String(i))
    await Promise.all(numbers.map((n) => transport.publish('many', fromText(n))))
    t.same(
      await got.first(200),
      numbers.map((n) => `many=${n}`),
    )
    await transport.close()
  })

  t.test('who stopped listening hears nothing more, others do', async (t) => {
    const transport = open(broker.port)
    const [one, two] = [inbox(), inbox()]
    await state(transport)
    const stop = await transport.subscribe('stop', one.take)
    const stopTwo = await transport.subscribe('stop', two.take)
    await stop()
    await transport.publish('stop', fromText('1'))
    await two.first(1)
    t.equal(one.messages.length, 0)
    await stopTwo()
    await transport.publish('stop', fromText('2'))
    await transport.publish('stop', fromText('3'))
    t.equal(two.messages.length, 1)
    await transport.close()
  })

  t.test('after a cut it connects again and subscribes again; nothing was queued', async (t) => {
    await withProxy(async (proxy) => {
      const cut = open(proxy.port)
      const steady = open(broker.port)
      const states: boolean[] = []
      cut.onState((connected) => states.push(connected))
      const got = inbox()
      await Promise.all([state(cut), state(steady)])
      await cut.subscribe('cut/+', got.take)
      await steady.publish('cut/1', fromText('before'))
      await got.first(1)
      proxy.cut()
      await state(cut, false)
      await t.rejects(cut.publish('cut/up', fromText('x')), { code: 'link.down' })
      await steady.publish('cut/2', fromText('while it was down'))
      const added = inbox()
      await cut.subscribe('added', added.take)
      proxy.restore()
      await state(cut)
      await steady.publish('cut/3', fromText('after'))
      await steady.publish('added', fromText('too'))
      await added.first(1)
      t.same(await got.first(2), ['cut/1=before', 'cut/3=after'])
      t.same(states, [true, false, true])
      await Promise.all([cut.close(), steady.close()])
    })
  })

  t.test('a publish under way when the line is cut is told as not sent', async (t) => {
    await withProxy(async (proxy) => {
      const transport = open(proxy.port)
      await state(transport)
      proxy.freeze()
      // More than the window, so that some wait for a place and some for their PUBACK.
      const sent = Array.from({ length: 150 }, () => transport.publish('lost', fromText('x')))
      const outcomes = Promise.allSettled(sent)
      proxy.cut()
      for (const outcome of await outcomes) {
        t.match(outcome, { status: 'rejected', reason: { code: 'link.down' } })
      }
      await transport.close()
    })
  })

  t.test('a signal ends the wait for a PUBACK', async (t) => {
    await withProxy(async (proxy) => {
      const transport = open(proxy.port)
      await state(transport)
      proxy.freeze()
      const stop = new AbortController()
      const sent = transport.publish('slow', fromText('x'), { signal: stop.signal })
      const cause = new Error('changed my mind')
      stop.abort(cause)
      await t.rejects(sent, { code: 'link.down', cause })
      await t.rejects(transport.publish('slow', fromText('x'), { signal: stop.signal }), {
        code: 'link.down',
      })
      await transport.close()
    })
  })

  t.test(
    'a PUBACK that does not come in time is told, and closing ends on a dead line',
    async (t) => {
      await withProxy(async (proxy) => {
        const transport = open(proxy.port, { connectTimeoutMs: 300 })
        await state(transport)
        proxy.freeze()
        await t.rejects(transport.publish('slow', fromText('x')), { code: 'link.down' })
        const startMs = performance.now()
        await transport.close()
        t.ok(performance.now() - startMs < 2500, 'within its deadline')
        await t.rejects(transport.publish('x', fromText('x')), { code: 'link.down' })
      })
    },
  )

  t.test('a will is told, retained, when the client is gone without a word', async (t) => {
    await withProxy(async (proxy) => {
      const watcher = open(broker.port)
      const got = inbox()
      await state(watcher)
      await watcher.subscribe('will/+', got.take)
      const will = (topic: string) => ({ will: { topic, payload: fromText('gone') } })
      const polite = open(broker.port, will('will/polite'))
      await state(polite)
      await polite.close()
      const rude = open(proxy.port, will('will/rude'))
      await state(rude)
      proxy.cut()
      t.same(await got.first(1), ['will/rude=gone'])
      await rude.close()
      const later = inbox()
      await watcher.subscribe('will/rude', later.take)
      await later.first(1)
      t.equal(later.messages[0]?.retained, true)
      await watcher.close()
    })
  })

  t.test('with nobody at the other end it keeps trying, and closes at once', async (t) => {
    await withProxy(async (proxy) => {
      proxy.cut()
      const faults: string[] = []
      let heard: () => void = () => undefined
      const thrice = new Promise<void>((resolve) => {
        heard = resolve
      })
      const transport = open(proxy.port, {
        onFault: ({ code }) => {
          faults.push(code)
          if (faults.length === 3) heard()
        },
      })
      t.equal(transport.isConnected, false)
      await t.rejects(transport.publish('x', fromText('x')), { code: 'link.down' })
      await thrice
      t.same(faults, ['link.down', 'link.down', 'link.down'])
      await transport.close()
      await transport.close()
    })
  })

  t.test('a topic that cannot be is our own fault', async (t) => {
    const transport = open(broker.port)
    await t.rejects(transport.publish('a/+', fromText('x')), { code: 'call.topic' })
    await t.rejects(
      transport.subscribe('a/#/b', () => undefined),
      { code: 'call.topic' },
    )
    await transport.close()
  })
}
