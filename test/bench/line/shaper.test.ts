import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { createLink, LINE_PROFILES, startTcpShaper } from '../../../bench/line/shaper.ts'
import { createRandom } from '../../../hardware/sim/random.ts'
import { createVirtualTimers } from '../../../hardware/sim/virtual-timers.ts'
import { systemTimers } from '../../../runtime/timers.ts'

function openLink(profile: Parameters<typeof createLink>[0], timeScale = 1, seed = 7) {
  const timers = createVirtualTimers()
  let stalls = 0
  const link = createLink(profile, createRandom(seed), {
    ...{ timers, timeScale, nowMs: () => timers.nowMs },
    onStall: () => void stalls++,
  })
  const arrivals: { readonly packet: number; readonly atMs: number }[] = []
  const send = (packet: number) =>
    link.send(256, () => arrivals.push({ packet, atMs: timers.nowMs }))
  return { timers, link, send, arrivals, stalls: () => stalls }
}

t.test(
  'packets arrive in their order, at the rate of the line, after half a round trip',
  async (t) => {
    const { timers, send, arrivals } = openLink({ ...LINE_PROFILES['40k'], jitterMs: 0 })
    for (let packet = 0; packet < 50; packet++) send(packet)
    await timers.advance(60_000)
    t.same(
      arrivals.map(({ packet }) => packet),
      Array.from({ length: 50 }, (_, i) => i),
    )
    // 296 bytes at 40 kbit/s are 59.2 ms.
    t.ok(Math.abs((arrivals[0]?.atMs ?? 0) - 359.2) < 1)
    t.ok(Math.abs((arrivals[49]?.atMs ?? 0) - (300 + 50 * 59.2)) < 1)
  },
)

t.test('jitter and stalls delay packets, and never let one pass another', async (t) => {
  const profile = { ...LINE_PROFILES['20k'], stallChance: 0.1, jitterMs: 2000 }
  const { timers, send, arrivals, stalls } = openLink(profile)
  for (let packet = 0; packet < 200; packet++) send(packet)
  await timers.advance(600_000)
  t.same(
    arrivals.map(({ packet }) => packet),
    Array.from({ length: 200 }, (_, i) => i),
  )
  t.ok(stalls() > 5)
  const gaps = arrivals.slice(1).map(({ atMs }, i) => atMs - (arrivals[i]?.atMs ?? 0))
  t.ok(gaps.some((gap) => gap > 900))
})

t.test('one seed is one line, and a scale is the same line, faster', async (t) => {
  const profile = { ...LINE_PROFILES['20k'], stallChance: 0.2 }
  const times = async (timeScale: number, seed: number) => {
    const { timers, send, arrivals } = openLink(profile, timeScale, seed)
    for (let packet = 0; packet < 30; packet++) send(packet)
    await timers.advance(600_000)
    return arrivals.map(({ atMs }) => Math.round(atMs * timeScale))
  }
  t.same(await times(1, 7), await times(1, 7))
  t.same(await times(10, 7), await times(1, 7))
  t.notSame(await times(1, 8), await times(1, 7))
})

async function listen(t: Test, onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

const FAST = { ...LINE_PROFILES['40k'], bitsPerSecond: 4_000_000, roundTripMs: 4, jitterMs: 2 }

t.test('all bytes come out as they went in, both ways, and then the end', async (t) => {
  const targetPort = await listen(t, (socket) => socket.pipe(socket))
  const shaper = await startTcpShaper({ targetPort, profile: FAST, seed: 1, timers: systemTimers })
  t.teardown(() => shaper.close())
  const client = connect(shaper.port, '127.0.0.1')
  const sent = Buffer.from(Uint8Array.from({ length: 40_000 }, (_, i) => (i * 31) & 0xff))
  const parts: Buffer[] = []
  let length = 0
  client.on('data', (part) => {
    parts.push(part)
    length += part.length
    if (length === sent.length) client.end()
  })
  client.write(sent)
  await once(client, 'close')
  t.equal(Buffer.concat(parts).equals(sent), true)
  t.match(shaper.counts, { sentBytes: 40_000, receivedBytes: 40_000, connections: 1, resets: 0 })
})

t.test('a reset ends both sides, as chance or the test has it', async (t) => {
  let far: Socket | undefined
  const targetPort = await listen(t, (socket) => {
    far = socket
    socket.resume()
  })
  const open = async (resetChance: number) => {
    const profile = { ...FAST, resetChance }
    const shaper = await startTcpShaper({ targetPort, profile, seed: 1, timers: systemTimers })
    t.teardown(() => shaper.close())
    const client = connect(shaper.port, '127.0.0.1')
    client.on('error', () => undefined)
    client.resume()
    await once(client, 'connect')
    const closed = new Promise((resolve) => client.once('close', resolve))
    return { shaper, client, closed }
  }
  const cruel = await open(1)
  cruel.client.write('x')
  await cruel.closed
  t.equal(cruel.shaper.counts.resets, 1)
  const told = await open(0)
  told.client.write('x')
  while (told.shaper.counts.sentBytes === 0) await new Promise((resolve) => setImmediate(resolve))
  told.shaper.reset()
  await told.closed
  t.ok(far)
})
