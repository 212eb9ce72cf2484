import t from 'tap'
import type { KioskCommand, KioskState, Screen } from '../../../firmware/kiosk-state.ts'
import { startPanelFace } from '../../../firmware/panel/face.ts'
import { openPanel } from '../../../hardware/panel/panel.ts'
import { createPanelBench } from '../../hardware/panel/bench.ts'
import { listLog } from '../bench.ts'

const ready = { status: 'ready', name: 'device', sentence: '' } as const
const TAP_GO: Screen = {
  ...{ name: 'tap', outcome: 'go', reason: 'ok', assurance: 1, staleness: 'fresh' },
  ...{ milliseconds: 90, upgraded: false },
}

/** A kiosk of which only the screen matters, with a face on a panel that runs its real firmware. */
function bench() {
  const { simulator, timers, until: settle } = createPanelBench()
  const lines: string[] = []
  const commands: KioskCommand[] = []
  const listeners = new Set<(state: KioskState) => void>()
  let screen: Screen = { name: 'idle' }
  let isIn = true
  const kiosk = {
    get state() {
      return { screen, devices: { orb: ready, reader: ready } } as KioskState
    },
    onState: (listener: (state: KioskState) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    command: async (command: KioskCommand) => {
      commands.push(command)
      return { isTaken: true } as const
    },
  }
  const face = startPanelFace({
    kiosk,
    restartS: 60,
    timers,
    log: listLog(lines),
    openPanel: (signal) => {
      if (!isIn) return Promise.reject(new Error('not there'))
      return openPanel(simulator.plug(), { timers, signal })
    },
  })
  const pass = (ms: number) => timers.advance(ms)
  return {
    face,
    simulator,
    lines,
    commands,
    pass,
    show: (next: Screen) => {
      screen = next
      for (const listener of [...listeners]) listener(kiosk.state)
    },
    /** Lets time pass until it is so; the buttons' bouncing is taken out in real time. */
    until: async (isSo: () => boolean) => {
      for (let turn = 0; !isSo(); turn++) {
        if (turn === 20_000) throw new Error('waited in vain')
        await pass(5)
      }
    },
    close: () => settle(face.close()),
    unplug: () => {
      isIn = false
      simulator.unplug()
    },
    plug: () => {
      isIn = true
    },
  }
}

const isGreen = (b: ReturnType<typeof bench>) => b.simulator.ring.every(({ green }) => green > 200)

t.test('a tap is seen and heard on the panel, each of two in a row', async (t) => {
  const b = bench()
  await b.until(() => b.face.state.status === 'ready')
  b.show(TAP_GO)
  await b.until(() => b.simulator.hertz > 0)
  await b.pass(600)
  t.ok(isGreen(b))
  t.equal(b.simulator.hertz, 0)
  b.show(TAP_GO)
  await b.pass(300)
  t.equal(b.simulator.hertz, 0, 'the same answer shown again is no new tap')
  b.show({ ...TAP_GO })
  await b.until(() => b.simulator.hertz > 0)
  b.show({ name: 'consent', sentences: [], language: 'en' })
  await b.until(() => b.simulator.lamp('reading') > 0.5)
  await b.close()
})

t.test('"I need help" lights the lamp of the operator, who puts it out', async (t) => {
  const b = bench()
  await b.until(() => b.face.state.status === 'ready')
  b.simulator.press('help', true)
  await b.until(() => b.face.isHelpAsked)
  b.simulator.press('help', false)
  await b.until(() => b.simulator.lamp('operator') > 0.9)
  await b.until(() => b.simulator.ring.some(({ blue, red }) => blue > 0 && red === 0))
  b.simulator.press('operator', true)
  await b.until(() => !b.face.isHelpAsked && b.simulator.lamp('operator') === 0)
  b.simulator.press('operator', false)
  t.same(b.commands, [])
  t.ok(b.lines.some((line) => line.includes('panel.help-asked')))
  await b.close()
})

t.test('stop, and a long press of the operator, end what is under way', async (t) => {
  const b = bench()
  await b.until(() => b.face.state.status === 'ready')
  b.simulator.press('stop', true)
  await b.until(() => b.commands.length === 1)
  b.simulator.press('stop', false)
  b.simulator.press('operator', true)
  await b.until(() => b.commands.length === 2)
  b.simulator.press('operator', false)
  t.same(b.commands, [{ name: 'cancel' }, { name: 'cancel' }])
  await b.close()
})

t.test('a panel that was away shows what is now, without its tune', async (t) => {
  const b = bench()
  await b.until(() => b.face.state.status === 'ready')
  b.unplug()
  await b.until(() => b.face.state.status !== 'ready')
  b.show(TAP_GO)
  await b.pass(1000)
  b.plug()
  let loudest = 0
  const listen = () => {
    loudest = Math.max(loudest, b.simulator.hertz)
    return b.face.state.status === 'ready'
  }
  await b.until(listen)
  for (let i = 0; i < 60; i++) {
    await b.pass(10)
    listen()
  }
  t.ok(isGreen(b))
  t.equal(loudest, 0)
  await b.close()
})

t.test('a kiosk that lives keeps the panel awake; one that dies does not', async (t) => {
  const b = bench()
  await b.until(() => b.face.state.status === 'ready')
  b.show(TAP_GO)
  await b.pass(7000)
  t.ok(isGreen(b))
  await b.close()
  t.equal(b.face.state.name, 'panel')
})

t.test('an opened box is in the log', async (t) => {
  const b = bench()
  await b.until(() => b.face.state.status === 'ready')
  b.simulator.setLoop(true)
  await b.until(() => b.lines.some((line) => line.includes('panel.box-opened')))
  t.ok(b.lines.some((line) => line.includes('panel.opened')))
  await b.close()
})
