import t from 'tap'
import { encodeFrame, Kind, scanFinger } from '../../../hardware/finger/frame.ts'
import { scan } from '../../../hardware/orb/link.ts'
import { decodeMessage, encodeMessage } from '../../../hardware/orb/messages.ts'
import { concat } from '../../../protocol/bytes.ts'
import { blankPictures } from './blank-pictures.ts'
import type { TraceEvent } from './trace.ts'

const ADDRESS = 0xff_ff_ff_ff
/** No part of a picture is grey, so that grey shows where one was. */
const RIDGES = Uint8Array.from({ length: 128 }, (_, i) => i)
const IRIS = Uint8Array.from({ length: 600 }, (_, i) => (i * 7) % 127)

/** The bytes in runs of `length`, a millisecond apart. */
function arriving(bytes: Uint8Array, length: number): readonly TraceEvent[] {
  const count = Math.ceil(bytes.length / length)
  return Array.from({ length: count }, (_, i) => ({
    ms: i,
    to: 'host' as const,
    bytes: bytes.slice(i * length, (i + 1) * length),
  }))
}

function heard(events: readonly TraceEvent[]): Uint8Array {
  return concat(...events.flatMap((event) => (event.to === 'host' ? [event.bytes] : [])))
}

const chunk = encodeMessage({
  name: 'chunk',
  tag: 9,
  body: {
    ...{ sequence: 1, headUs: 77, eye: 'left', illumination: 1, width: 30, height: 20 },
    ...{ offset: 0, pixels: IRIS },
  },
})
const distance = encodeMessage({ name: 'distance', tag: 3, body: { mm: 310 } })

t.test('an eye is kept grey, and what is said around it as it was', async (t) => {
  for (const length of [1, 7, 64, 5000]) {
    const kept = heard(blankPictures('orb', arriving(concat(distance, chunk, distance), length)))
    const messages = scan(kept).frames.map(decodeMessage)
    t.same(
      messages.map((message) => message?.name),
      ['distance', 'chunk', 'distance'],
    )
    const [, middle] = messages
    if (middle?.name !== 'chunk') throw new Error('no chunk')
    t.match(middle, { tag: 9, body: { sequence: 1, headUs: 77, width: 30 } })
    t.ok(middle.body.pixels.length === IRIS.length && middle.body.pixels.every((p) => p === 0x80))
  }
})

t.test('half a frame, or one of an unknown kind, is left out', async (t) => {
  const half = chunk.slice(0, 400)
  const damaged = chunk.map((byte, i) => (i === 300 ? byte ^ 1 : byte))
  const kept = heard(blankPictures('orb', arriving(concat(damaged, distance, half), 50)))
  t.same(kept, distance)
})

t.test('a finger is kept grey, with sums that fit', async (t) => {
  const answer = encodeFrame({ kind: Kind.answer, address: ADDRESS, payload: Uint8Array.of(0) })
  const data = encodeFrame({ kind: Kind.data, address: ADDRESS, payload: RIDGES })
  const end = encodeFrame({ kind: Kind.end, address: ADDRESS, payload: RIDGES })
  for (const length of [1, 20, 1000]) {
    const line = concat(answer, data, end, data.slice(0, 60))
    const { frames, discarded, rest } = scanFinger(
      heard(blankPictures('finger', arriving(line, length))),
      true,
    )
    t.equal(discarded + rest.length, 0)
    t.same(
      frames.map(({ kind }) => kind),
      [Kind.answer, Kind.data, Kind.end],
    )
    for (const { payload } of frames.slice(1)) t.ok(payload.every((byte) => byte === 0x80))
  }
})

t.test(
  'what the driver says, the loss of the line, and other devices stay as they are',
  async (t) => {
    const events: readonly TraceEvent[] = [
      { ms: 0, to: 'device', bytes: Uint8Array.of(1, 2) },
      { ms: 1, to: 'nobody' },
    ]
    t.same(blankPictures('orb', events), events)
    t.equal(blankPictures('nfc', events), events)
  },
)
