import t from 'tap'
import { openChannel } from '../../../hardware/exchange.ts'
import { MAX_UPLOAD_BYTES } from '../../../hardware/finger/commands.ts'
import { encodeFrame, Kind, scanFinger } from '../../../hardware/finger/frame.ts'
import { receiveUpload } from '../../../hardware/finger/upload.ts'
import { createPortPair } from '../../../hardware/sim/port-pair.ts'
import { createVirtualTimers } from '../../../hardware/sim/virtual-timers.ts'

const packet = (kind: 2 | 8, length: number) =>
  encodeFrame({ kind, address: 1, payload: new Uint8Array(length).fill(kind) })

function open() {
  const timers = createVirtualTimers()
  const pair = createPortPair('finger')
  const channel = openChannel(pair.host, scanFinger, { idleMs: 50, timers })
  return { timers, ...pair, channel }
}

t.test('packets that come with the answer are not missed', async (t) => {
  const { channel, timers, device } = open()
  const got = await receiveUpload(channel, timers, undefined, async () => {
    await device.write(packet(Kind.data, 3))
    await device.write(packet(Kind.end, 2))
  })
  t.same([...(got ?? [])], [2, 2, 2, 8, 8])
})

t.test('a pause of half a second ends it, and shorter ones do not', async (t) => {
  const { channel, timers, device } = open()
  const receiving = receiveUpload(channel, timers, undefined, () => device.write(packet(2, 1)))
  await timers.advance(499)
  await device.write(packet(2, 1))
  await timers.advance(500)
  t.equal(await receiving, undefined)
})

t.test('more than any picture has is no picture', async (t) => {
  const { channel, timers, device } = open()
  const got = await receiveUpload(channel, timers, undefined, async () => {
    for (let at = 0; at <= MAX_UPLOAD_BYTES; at += 256) await device.write(packet(2, 256))
  })
  t.equal(got, undefined)
})

t.test('a refusal, an unplugged cable and a caller who gives up end it', async (t) => {
  const refusing = open()
  const refusal = new Error('refused')
  await t.rejects(
    receiveUpload(refusing.channel, refusing.timers, undefined, () => Promise.reject(refusal)),
    refusal,
  )
  const lost = open()
  await t.rejects(
    receiveUpload(lost.channel, lost.timers, undefined, async () => {
      await lost.device.write(packet(2, 1))
      lost.unplug()
    }),
    { code: 'device.unplugged' },
  )
  const left = open()
  const mine = new AbortController()
  await t.rejects(
    receiveUpload(left.channel, left.timers, mine.signal, async () =>
      mine.abort(new Error('over')),
    ),
    { message: 'over' },
  )
})
