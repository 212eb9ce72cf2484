import t from 'tap'
import { openBoard } from '../../../hardware/panel/board.ts'
import { createPortPair } from '../../../hardware/sim/port-pair.ts'
import { createVirtualTimers } from '../../../hardware/sim/virtual-timers.ts'
import { createPanelBench } from './bench.ts'

t.test('johnny-five dims a lamp: the pin is high for that share of the time', async (t) => {
  const bench = createPanelBench()
  const { panel } = await bench.open()
  for (const [brightness, share] of [
    [128, 0.5],
    [255, 1],
    [26, 0.1],
    [0, 0],
  ] as const) {
    panel.setLamp('reading', brightness)
    await bench.timers.advance(20)
    const duty = bench.simulator.lamp('reading')
    t.ok(Math.abs(duty - share) < 0.01, `${brightness}: ${duty}`)
    t.equal(bench.simulator.lamp('operator'), 0)
  }
  panel.setLamp('operator', 200)
  await bench.timers.advance(20)
  t.ok(Math.abs(bench.simulator.lamp('operator') - 201 / 256) < 0.01)
  await bench.until(panel.close())
})

t.test('each button is told once down and once up; a bounce is no press', async (t) => {
  const bench = createPanelBench()
  const { panel } = await bench.open()
  const told: string[] = []
  let heard = (): void => {}
  const stop = panel.onButton((button, isDown) => {
    told.push(`${button} ${isDown ? 'down' : 'up'}`)
    heard()
  })
  const press = async (button: 'help' | 'stop' | 'operator', isDown: boolean) => {
    const next = new Promise<void>((resolve) => {
      heard = resolve
    })
    bench.simulator.press(button, isDown)
    await bench.until(next)
  }
  for (const button of ['help', 'stop', 'operator'] as const) {
    await press(button, true)
    await press(button, false)
  }
  t.same(told, ['help down', 'help up', 'stop down', 'stop up', 'operator down', 'operator up'])
  // A listener that comes later hears of what is held.
  await press('stop', true)
  stop()
  const late: string[] = []
  panel.onButton((button, isDown) => late.push(`${button} ${isDown}`))
  t.same(late, ['stop true'])
  await bench.until(panel.close())
})

t.test('a port where nothing of Firmata answers, and one that ends, are refused', async (t) => {
  const timers = createVirtualTimers()
  const silent = createPortPair('panel')
  const opening = openBoard(silent.host, { timers, timeoutMs: 500 })
  const verdict = t.rejects(opening, { code: 'device.timeout', message: /no Firmata firmware/ })
  let isOver = false
  opening
    .catch(() => undefined)
    .finally(() => {
      isOver = true
    })
  while (!isOver) await timers.advance(10)
  await verdict

  const ending = createPortPair('panel')
  const lost = t.rejects(openBoard(ending.host, { timers, timeoutMs: 500 }), {
    code: 'device.unplugged',
  })
  await timers.advance(1)
  ending.unplug()
  await lost

  const left = createPortPair('panel')
  const mine = new AbortController()
  const reason = new Error('closing time')
  const given = t.rejects(
    openBoard(left.host, { timers, timeoutMs: 500, signal: mine.signal }),
    reason,
  )
  await timers.advance(1)
  mine.abort(reason)
  await given
})
