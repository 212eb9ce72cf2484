import t from 'tap'
import { encodeFrame, scanPanel } from '../../../hardware/panel/frame.ts'
import { openPanel } from '../../../hardware/panel/panel.ts'
import { progressSign, SIGNS } from '../../../hardware/panel/signs.ts'
import { createPortPair } from '../../../hardware/sim/port-pair.ts'
import { createVirtualTimers } from '../../../hardware/sim/virtual-timers.ts'
import { createPanelBench } from './bench.ts'

t.test('a sign burns and sounds as the driver was told', async (t) => {
  const bench = createPanelBench()
  const { panel } = await bench.open()
  t.match(panel.opened, { start: 'power', wasQuiet: false, pattern: 'breathe', lineErrors: 0 })
  await bench.until(panel.show(SIGNS.go))
  await bench.timers.advance(60)
  const { ring } = bench.simulator
  t.equal(ring.length, 24)
  t.ok(ring.every(({ red, green, blue }) => red === 0 && green === 239 && blue === 39))
  t.ok(
    ring.every(({ brightness }) => brightness === 8),
    'the power budget',
  )
  t.ok(Math.abs(bench.simulator.hertz - 784) < 4, `${bench.simulator.hertz} Hz`)
  await bench.timers.advance(150)
  t.ok(Math.abs(bench.simulator.hertz - 1047) < 5, `${bench.simulator.hertz} Hz`)
  await bench.timers.advance(400)
  t.equal(bench.simulator.hertz, 0)
  await bench.until(panel.show(progressSign(0.25)))
  await bench.timers.advance(60)
  t.same(
    bench.simulator.ring.map(({ blue }) => blue > 0),
    Array.from({ length: 24 }, (_, lamp) => lamp < 6),
  )
  await bench.until(panel.close())
})

t.test('an opened box is marked until somebody who knows of it clears the mark', async (t) => {
  const bench = createPanelBench()
  const { panel } = await bench.open()
  const told: string[] = []
  panel.onGuards(({ isLoopOpen, isTampered }) => told.push(`${isLoopOpen} ${isTampered}`))
  bench.simulator.setLoop(true)
  await bench.timers.advance(100)
  t.same(panel.guards, { isDoorOpen: false, isLoopOpen: true, isTampered: true, tamperCount: 1 })
  await t.rejects(bench.until(panel.clearTamper()), { code: 'device.panel-tampered' })
  bench.simulator.setLoop(false)
  await bench.timers.advance(100)
  t.same(told, ['true true', 'false true'])
  await bench.until(panel.clearTamper())
  t.same(panel.guards, { isDoorOpen: false, isLoopOpen: false, isTampered: false, tamperCount: 1 })
  await bench.until(panel.close())
})

t.test('a box opened while the kiosk was away is known at the next opening', async (t) => {
  const bench = createPanelBench()
  const first = await bench.open()
  bench.simulator.setLoop(true)
  await bench.timers.advance(100)
  bench.simulator.setLoop(false)
  await bench.timers.advance(100)
  bench.simulator.unplug()
  await t.rejects(bench.until(first.panel.ping()), { code: 'device.unplugged' })
  const second = await bench.open()
  t.match(second.panel.guards, { isLoopOpen: false, isTampered: true })
  bench.simulator.setDoor(true)
  await bench.timers.advance(100)
  t.equal(second.panel.guards.isDoorOpen, true)
  await bench.until(second.panel.close())
})

t.test(
  'a kiosk that falls silent leaves no green ring behind, and gets its sign back',
  async (t) => {
    const bench = createPanelBench()
    const { panel } = await bench.open()
    await bench.until(panel.watchHost({ quietS: 3, restartS: 0 }))
    await bench.until(panel.show(SIGNS.go))
    panel.setLamp('reading', 255)
    await bench.timers.advance(2800)
    t.equal(bench.simulator.ring[0]?.green, 239)
    await bench.timers.advance(2300)
    const amber = bench.simulator.ring[0]
    t.ok(amber !== undefined && amber.red > amber.green && amber.blue === 0, JSON.stringify(amber))
    t.equal(bench.simulator.lamp('reading'), 0)
    const state = await bench.until(panel.ping())
    t.equal(state.wasQuiet, true)
    await bench.timers.advance(60)
    t.equal(bench.simulator.ring[0]?.green, 239)
    t.equal(bench.simulator.hertz, 0, 'the tune is not sounded again')
    t.equal((await bench.until(panel.ping())).wasQuiet, false)
    await bench.until(panel.close())
  },
)

t.test('a computer that stays silent is restarted, three times and no more', async (t) => {
  const bench = createPanelBench()
  const { panel } = await bench.open()
  await bench.until(panel.watchHost({ quietS: 0, restartS: 1 }))
  const held: boolean[] = []
  for (let tenths = 0; tenths < 50; tenths++) {
    await bench.timers.advance(100)
    held.push(bench.simulator.isHostHeld)
  }
  const pulses = held.filter((now, i) => now && !held[i - 1]).length
  t.equal(pulses, 3)
  t.ok(
    held.slice(0, 9).every((now) => !now),
    'not before its time',
  )
  t.ok(held.filter(Boolean).length >= 6, 'each pulse lasts some 0.3 s')
  await bench.until(panel.close())
})

t.test(
  'firmware that hangs is restarted by its own watchdog, and shows its sign again',
  async (t) => {
    const bench = createPanelBench()
    const { panel } = await bench.open()
    await bench.until(panel.show(SIGNS.stop))
    await bench.timers.advance(2000)
    await bench.until(panel.ping())
    bench.simulator.hang()
    await bench.timers.advance(700)
    t.equal(bench.simulator.starts, 2)
    const state = await bench.until(panel.ping())
    t.equal(state.start, 'watchdog')
    t.equal(state.pattern, 'breathe')
    await bench.timers.advance(60)
    t.equal(bench.simulator.ring[0]?.red, 253)
    t.equal(bench.simulator.ring[0]?.green, 0)
    await bench.until(panel.close())
  },
)

t.test('a spoiled command is not obeyed, and is sent again', async (t) => {
  const bench = createPanelBench()
  const { panel, port } = await bench.open()
  const ring = { command: 1, seq: 9, payload: Uint8Array.of(1, 127, 127, 127, 100, 0, 0) }
  const spoiled = encodeFrame(ring)
  spoiled[5] = (spoiled[5] ?? 0) ^ 0x01
  await bench.until(port.write(spoiled))
  await bench.timers.advance(60)
  const state = await bench.until(panel.ping())
  t.equal(state.pattern, 'breathe')
  t.equal(state.lineErrors, 1)
  await bench.until(panel.close())
})

t.test('a tune whose answer was lost does not sound twice', async (t) => {
  const bench = createPanelBench()
  const { panel, port } = await bench.open()
  const sound = encodeFrame({ command: 2, seq: 77, payload: Uint8Array.of(0x38, 0x03, 20) })
  await bench.until(port.write(sound))
  await bench.timers.advance(150)
  await bench.until(port.write(sound))
  await bench.timers.advance(120)
  t.equal(bench.simulator.hertz, 0, 'over 200 ms after its first sending')
  await bench.until(panel.close())
})

t.test('every command that the firmware must refuse is refused', async (t) => {
  const bench = createPanelBench()
  const { panel, port } = await bench.open()
  const outcomes = new Map<number, number | undefined>()
  port.onBytes(() => undefined)
  let rest: Uint8Array = new Uint8Array(0)
  port.onBytes((bytes) => {
    const scan = scanPanel(Uint8Array.of(...rest, ...bytes), false)
    rest = scan.rest
    for (const { seq, command, payload } of scan.frames) {
      if (command === 8) outcomes.set(seq, payload[1])
    }
  })
  const wrong: readonly (readonly [
    command: number,
    payload: readonly number[],
    outcome: number,
  ])[] = [
    [6, [], 1],
    [1, [1], 2],
    [1, [9, 0, 0, 0, 1, 0, 0], 3],
    [1, [5, 0, 0, 0, 1, 0, 25], 3],
    [2, [1, 2], 2],
    [2, [99, 0, 1], 3],
    [2, [127, 127, 1], 3],
    [4, [1], 2],
    [4, [5, 0], 4],
    [5, [1], 2],
    [5, [1, 127, 127], 3],
  ]
  for (const [seq, [command, payload]] of wrong.entries()) {
    await bench.until(port.write(encodeFrame({ command, seq, payload: Uint8Array.from(payload) })))
    await bench.timers.advance(20)
  }
  t.same(
    wrong.map((_, seq) => outcomes.get(seq)),
    wrong.map(([, , outcome]) => outcome),
  )
  // A message longer than its buffer, and one that never ends, cost nothing else.
  await bench.until(port.write(Uint8Array.of(0xf0, 1, ...new Uint8Array(100), 0xf7, 0xf0, 3)))
  await bench.timers.advance(40)
  t.equal((await bench.until(panel.ping())).lineErrors, 2)
  await bench.until(panel.close())
})

t.test('a port where no panel answers is refused after its attempts', async (t) => {
  const timers = createVirtualTimers()
  const { host } = createPortPair('modem')
  const verdict = t.rejects(openPanel(host, { timers }), { code: 'device.timeout' })
  await timers.advance(3001)
  await verdict
})

t.test('closing puts the ring out', async (t) => {
  const bench = createPanelBench()
  const { panel } = await bench.open()
  await bench.until(panel.show(SIGNS.go))
  await bench.until(panel.close())
  await bench.timers.advance(60)
  t.ok(bench.simulator.ring.every(({ green }) => green === 0))
})
