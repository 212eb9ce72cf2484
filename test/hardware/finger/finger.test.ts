import t from 'tap'
import { Instruction } from '../../../hardware/finger/commands.ts'
import { type FingerOptions, openFinger } from '../../../hardware/finger/finger.ts'
import { renderRidges } from '../../../hardware/finger/ridge-image.ts'
import {
  createFingerSimulator,
  type FingerFault,
  type FingerSimulatorOptions,
} from '../../../hardware/finger/simulator.ts'
import { type CableFaults, createPortPair } from '../../../hardware/sim/port-pair.ts'
import { createVirtualTimers } from '../../../hardware/sim/virtual-timers.ts'
import { equalBytes } from '../../../protocol/bytes.ts'

const RIDGES = renderRidges(192, 192, { finger: 1, press: 1 })
/** What four bits a pixel leave of it. */
const SEEN = RIDGES.pixels.map((pixel) => (pixel >> 4) * 17)

function bench(module: FingerSimulatorOptions = {}, toHost: CableFaults = {}) {
  const timers = createVirtualTimers()
  const pair = createPortPair('finger', { toHost })
  const simulator = createFingerSimulator(pair.device, { ...module, timers })
  const until = async <T>(promise: Promise<T>): Promise<T> => {
    let isSettled = false
    const settle = (): void => {
      isSettled = true
    }
    promise.then(settle, settle)
    while (!isSettled) await timers.advance(10)
    return promise
  }
  return {
    timers,
    simulator,
    ...pair,
    until,
    open: (options: FingerOptions = {}) => until(openFinger(pair.host, { ...options, timers })),
  }
}

t.test('a finger that is put down is captured as the sensor sees it', async (t) => {
  const b = bench()
  const sensor = await b.open()
  t.same(sensor.parameters, { packetBytes: 128, baud: 57_600 })
  const capturing = sensor.capture({ timeoutMs: 5000 })
  await b.timers.advance(700)
  b.simulator.place(RIDGES)
  const image = await b.until(capturing)
  t.same([image?.width, image?.height], [192, 192])
  t.ok(equalBytes(image?.pixels ?? new Uint8Array(0), SEEN))
  await b.until(sensor.close())
})

t.test('nobody puts a finger down: nothing, in time', async (t) => {
  const b = bench()
  const sensor = await b.open()
  const before = b.timers.nowMs
  t.equal(await b.until(sensor.capture({ timeoutMs: 3000 })), undefined)
  const took = b.timers.nowMs - before
  t.ok(took >= 3000 && took < 3300, `${took} ms`)
})

t.test('every packet size, and the large picture of the optical modules', async (t) => {
  const large = renderRidges(256, 288, { finger: 2, press: 1 })
  for (const packetBytes of [32, 64, 128, 256] as const) {
    const b = bench({ packetBytes }, { chunkMaxBytes: 50, seed: packetBytes })
    const sensor = await b.open()
    b.simulator.place(large)
    const image = await b.until(sensor.capture({ timeoutMs: 1000 }))
    t.ok(
      equalBytes(
        image?.pixels ?? new Uint8Array(0),
        large.pixels.map((p) => (p >> 4) * 17),
      ),
    )
  }
})

t.test('a wrong password is told as such', async (t) => {
  const b = bench({ password: 0x12_34_56_78 })
  await t.rejects(b.open(), { code: 'device.finger-password' })
  const right = bench({ password: 0x12_34_56_78 })
  await right.open({ password: 0x12_34_56_78 })
})

t.test('a module at another address, and none at all, do not answer', async (t) => {
  await t.rejects(bench({ address: 5 }).open(), { code: 'device.timeout' })
  await bench({ address: 5 }).open({ address: 5 })
})

t.test('the light shows where there is one, and costs nothing where there is none', async (t) => {
  const b = bench()
  const sensor = await b.open()
  t.equal(await b.until(sensor.light({ motion: 'breathe', colour: 'blue', speed: 90 })), true)
  t.same(b.simulator.light, { motion: 'breathe', colour: 'blue', speed: 90, times: 0 })
  await b.until(sensor.close())
  t.equal(b.simulator.light?.motion, 'off')

  const dark = bench({ hasLight: false })
  const plain = await dark.open()
  t.equal(await dark.until(plain.light({ motion: 'steady', colour: 'red' })), false)
  const before = dark.timers.nowMs
  t.equal(await dark.until(plain.light({ motion: 'steady', colour: 'red' })), false)
  t.ok(dark.timers.nowMs - before < 50, 'asked once, never again')
  dark.simulator.place(RIDGES)
  t.ok(await dark.until(plain.capture({ timeoutMs: 1000 })), 'and nothing is out of step')
})

const FAULTS: readonly FingerFault[] = [
  'lost-command',
  'silence',
  'late',
  'wrong-sum',
  'lost-packet',
  'cut-short',
]

t.test('each fault of each instruction costs time and no picture', async (t) => {
  for (const fault of FAULTS) {
    for (const name of ['generateImage', 'uploadImage'] as const) {
      const b = bench()
      const sensor = await b.open()
      b.simulator.place(RIDGES)
      b.simulator.fail(Instruction[name], fault)
      for (let again = 0; again < 2; again++) {
        const image = await b.until(sensor.capture({ timeoutMs: 8000 })).catch((error) => {
          // An upload that is not confirmed may be under way: it is not asked for twice.
          t.match(error, { code: 'device.timeout' }, `${name} ${fault}`)
          t.equal(name, 'uploadImage')
          return undefined
        })
        const isWhole = image !== undefined && equalBytes(image.pixels, SEEN)
        t.ok(isWhole || again === 0, `${name} ${fault}, try ${again}`)
      }
    }
  }
})

t.test('opening survives a module that has just got power', async (t) => {
  for (const fault of ['lost-command', 'silence', 'late', 'wrong-sum'] as const) {
    const b = bench()
    b.simulator.fail(Instruction.verifyPassword, fault)
    b.simulator.fail(Instruction.readParameters, fault)
    t.same((await b.open()).parameters, { packetBytes: 128, baud: 57_600 }, fault)
  }
})

t.test('a picture that never comes whole is told after three tries', async (t) => {
  const b = bench()
  const sensor = await b.open()
  b.simulator.place(RIDGES)
  for (let i = 0; i < 3; i++) b.simulator.fail(Instruction.uploadImage, 'lost-packet')
  await t.rejects(b.until(sensor.capture({ timeoutMs: 1000 })), { code: 'device.garbled' })
})

t.test('unplugged at any moment of a capture: told at once', async (t) => {
  for (const unplugAfterBytes of [5, 40, 60, 300, 9000, 19_000]) {
    const b = bench({}, { unplugAfterBytes })
    b.simulator.place(RIDGES)
    const work = async () => {
      const sensor = await b.open()
      return b.until(sensor.capture({ timeoutMs: 1000 }))
    }
    await t.rejects(work(), { code: 'device.unplugged' }, `after ${unplugAfterBytes} bytes`)
    t.ok(b.timers.nowMs < 500)
  }
})

t.test('a caller who gives up ends a capture, and the next one works', async (t) => {
  const b = bench()
  const sensor = await b.open()
  const mine = new AbortController()
  const capturing = t.rejects(sensor.capture({ timeoutMs: 60_000, signal: mine.signal }), {
    message: 'the resident left',
  })
  await b.timers.advance(350)
  mine.abort(new Error('the resident left'))
  await capturing
  b.simulator.place(RIDGES)
  t.ok(await b.until(sensor.capture({ timeoutMs: 1000 })))
  await b.until(sensor.probe())
})
