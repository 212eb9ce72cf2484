import t from 'tap'
import { openChannel, type Scan } from '../../hardware/exchange.ts'
import { createPortPair } from '../../hardware/sim/port-pair.ts'
import { createVirtualTimers } from '../../hardware/sim/virtual-timers.ts'

/** Two-byte frames: 0xF0 and a value; anything else is thrown away. */
function scanPairs(bytes: Uint8Array, lineIdle: boolean): Scan<number> {
  const frames: number[] = []
  let at = 0
  let discarded = 0
  while (at < bytes.length) {
    if (bytes[at] !== 0xf0) {
      discarded++
      at++
    } else if (at + 1 < bytes.length) {
      frames.push(bytes[at + 1] ?? 0)
      at += 2
    } else break
  }
  const rest = bytes.slice(at)
  return lineIdle
    ? { frames, discarded: discarded + rest.length, rest: new Uint8Array(0) }
    : { frames, discarded, rest }
}

function open() {
  const timers = createVirtualTimers()
  const pair = createPortPair('reader')
  const heard: number[] = []
  pair.device.onBytes((bytes) => heard.push(...bytes))
  const channel = openChannel(pair.host, scanPairs, { idleMs: 20, timers })
  return { timers, ...pair, channel, heard }
}

const is =
  (value: number) =>
  (frame: number): frame is number =>
    frame === value
const REQUEST = Uint8Array.of(1)

t.test('an answer that comes with the write is not missed', async (t) => {
  const { channel, device } = open()
  device.onBytes(() => void device.write(Uint8Array.of(9, 0xf0, 7, 0xf0, 8)))
  const what = 'answer'
  const frame = await channel.exchange({ request: REQUEST, accept: is(8), timeoutMs: 100, what })
  t.equal(frame, 8)
  t.equal(channel.discardedBytes, 1)
})

t.test('no answer: as many writes as were allowed, then device.timeout', async (t) => {
  const { channel, timers, heard } = open()
  const asked = channel.exchange({
    request: REQUEST,
    accept: is(8),
    timeoutMs: 100,
    attempts: 3,
    what: 'answer',
  })
  const verdict = t.rejects(asked, {
    code: 'device.timeout',
    message: 'reader: no answer within 100 ms',
  })
  await timers.advance(299)
  t.same(heard, [1, 1, 1])
  await timers.advance(1)
  await verdict
})

t.test('an unfinished frame on a silent line is noise, and the next frame is whole', async (t) => {
  const { channel, timers, device } = open()
  const frames: number[] = []
  const stop = channel.onFrame((frame) => frames.push(frame))
  await device.write(Uint8Array.of(0xf0))
  await timers.advance(19)
  await device.write(Uint8Array.of(5, 0xf0))
  await timers.advance(20)
  t.equal(channel.discardedBytes, 1)
  await device.write(Uint8Array.of(0xf0, 6))
  t.same(frames, [5, 6])
  stop()
  await device.write(Uint8Array.of(0xf0, 7))
  t.same(frames, [5, 6])
})

t.test(
  'a device that goes, a port that closes and a caller that gives up end a wait',
  async (t) => {
    const wait = { timeoutMs: 1000, what: 'answer' }
    const gone = open()
    const lost = t.rejects(gone.channel.wait(is(1), wait), { code: 'device.unplugged' })
    gone.unplug()
    await lost
    await t.rejects(
      gone.channel.exchange({ request: REQUEST, accept: is(1), ...wait, attempts: 3 }),
      {
        code: 'device.unplugged',
      },
    )

    const closed = open()
    const ended = t.rejects(closed.channel.wait(is(1), wait), { code: 'call.port-closed' })
    await closed.host.close()
    await ended

    const reason = new Error('the resident left')
    const left = open()
    const controller = new AbortController()
    const { signal } = controller
    const stopped = t.rejects(
      left.channel.exchange({ request: REQUEST, accept: is(1), ...wait, attempts: 3, signal }),
      reason,
    )
    controller.abort(reason)
    await stopped
    await t.rejects(left.channel.wait(is(1), { ...wait, signal }), reason)
  },
)

t.test('a detached channel hears nothing and leaves the port open', async (t) => {
  const { channel, host, device } = open()
  const frames: number[] = []
  channel.onFrame((frame) => frames.push(frame))
  channel.detach()
  await device.write(Uint8Array.of(0xf0, 1))
  t.same(frames, [])
  await host.write(REQUEST)
})
