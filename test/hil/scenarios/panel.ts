import { readFileSync } from 'node:fs'
import { openPanel, PANEL_BAUD, type Panel } from '../../../hardware/panel/panel.ts'
import { SIGNS } from '../../../hardware/panel/signs.ts'
import { createPanelSimulator, type PanelSimulator } from '../../../hardware/panel/simulator.ts'
import { pause } from '../../../hardware/pause.ts'
import { bridge } from '../peripherals/bridge.ts'
import {
  type Act,
  type Emulated,
  type Peripheral,
  type Scene,
  type World,
  wrong,
} from '../scenario.ts'

/** What hands do to the panel, and eyes see of it. */
export type PanelHands = Pick<PanelSimulator, 'press' | 'ring'>

const LOOK_MS = 100
const PRESS_MS = 250
const GREET_TIMEOUT_MS = 7000

// Loaded before any virtual time passes: the libraries take real time to load.
await Promise.all([import('johnny-five'), import('firmata-io')])

// From dist/test/hil/scenarios to the package's own folder.
const HEX = new URL('../../../../hardware/panel/firmware/panel.hex', import.meta.url)

/** The panel's own firmware, instruction by instruction. */
const PANEL: Peripheral<Panel, PanelHands> = {
  role: 'panel',
  name: 'panel',
  baud: PANEL_BAUD,
  unit: 'byte',
  greetTimeoutMs: GREET_TIMEOUT_MS,
  greet: (port, timers, signal) => openPanel(port, { timers, signal }),
  probe: (panel, signal) => panel.ping(signal),
  emulate: emulatePanel,
}

const greeting: Scene<Panel, PanelHands> = {
  name: 'open and greet',
  needs: [],
  play: async ({ device, signal }) => {
    const { lineErrors } = await device.use((panel) => panel.ping(signal), signal)
    if (lineErrors > 255) throw wrong(`${lineErrors} errors of its line`)
  },
}

const signAndButton: Scene<Panel, PanelHands> = {
  name: 'show a sign, hear the button',
  needs: ['hands'],
  play: async ({ device, hands, timers, signal }) => {
    const known = new WeakSet<Panel>()
    let isHeard = false
    timers.after(PRESS_MS, () => hands().press('help', true))
    const isShown = (): boolean =>
      hands().ring.length > 0 && hands().ring.every(({ red, green }) => red === 0 && green > 0)
    while (!isHeard || !isShown()) {
      await device.use(async (panel) => {
        if (known.has(panel)) return void (await panel.ping(signal))
        // A panel that was opened anew is dark, as the kiosk's face knows.
        await panel.show(SIGNS.go, signal)
        known.add(panel)
        panel.onButton((button, isDown) => {
          if (button === 'help' && isDown) isHeard = true
          if (button !== 'help' && isDown) throw wrong(`nobody pressed ${button}`)
        })
      }, signal)
      await pause(timers, LOOK_MS, signal)
    }
  },
}

/** The panel's scenes. */
export const PANEL_ACT: Act<Panel, PanelHands> = {
  peripheral: PANEL,
  scenes: [greeting, signAndButton],
}

function emulatePanel({ timers }: World): Emulated<PanelHands> {
  const panel = createPanelSimulator({ hex: readFileSync(HEX, 'utf8'), timers })
  return {
    power: (port) => {
      bridge(panel.plug(), port)
      port.onClose(() => panel.unplug())
    },
    hands: {
      press: panel.press,
      get ring() {
        return panel.ring
      },
    },
  }
}
