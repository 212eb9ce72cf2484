import t from 'tap'
import { createNewestFrame } from '../../../hardware/camera/newest-frame.ts'
import { createVirtualTimers } from '../../../hardware/sim/virtual-timers.ts'

const LENGTH = 6

function bench() {
  const timers = createVirtualTimers()
  const seen: number[] = []
  let arrived = 0
  const frames = createNewestFrame({
    lengthBytes: LENGTH,
    holdMs: 20,
    timers,
    onArrival: () => {
      arrived += 1
    },
    onFrame: (pixels) => {
      t.equal(pixels.length, LENGTH)
      t.ok(
        pixels.every((pixel) => pixel === pixels[0]),
        'no frame is of two',
      )
      seen.push(pixels[0] ?? -1)
    },
  })
  return { timers, frames, seen, arrived: () => arrived }
}

const frame = (value: number): Uint8Array => new Uint8Array(LENGTH).fill(value)

t.test('frames are cut wherever the bytes are split', async (t) => {
  const stream = Uint8Array.from([...frame(1), ...frame(2), ...frame(3)])
  for (let size = 1; size <= stream.length; size++) {
    const { frames, timers, seen, arrived } = bench()
    for (let at = 0; at < stream.length; at += size) frames.push(stream.slice(at, at + size))
    await timers.advance(100)
    t.equal(arrived(), 3)
    t.same(seen, [3], 'all came at once, so the last alone is new')
    t.equal(frames.overtaken, 2)
  }
})

t.test('frames at their pace are all seen, each after the hold', async (t) => {
  const { frames, timers, seen } = bench()
  for (let i = 0; i < 5; i++) {
    frames.push(frame(i))
    await timers.advance(19)
    t.equal(seen.length, i)
    await timers.advance(21)
  }
  t.same(seen, [0, 1, 2, 3, 4])
  t.equal(frames.overtaken, 0)
})

t.test('a stream that never pauses is still seen', async (t) => {
  const { frames, timers, seen } = bench()
  for (let i = 0; i < 60; i++) {
    frames.push(frame(i))
    await timers.advance(10)
  }
  t.ok(seen.length >= 60 / 6 && seen.length < 60, `${seen.length}`)
  t.same(
    seen,
    seen.toSorted((a, b) => a - b),
  )
})

t.test('an ended stream hands on nothing more', async (t) => {
  const { frames, timers, seen } = bench()
  frames.push(frame(1))
  frames.end()
  await timers.advance(100)
  t.same(seen, [])
})
