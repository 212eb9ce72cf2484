import { readFileSync } from 'node:fs'
import { openPanel, type Panel } from '../../../hardware/panel/panel.ts'
import { createPanelSimulator, type PanelSimulator } from '../../../hardware/panel/simulator.ts'
import type { BytePort } from '../../../hardware/port.ts'
import { createVirtualTimers, type VirtualTimers } from '../../../hardware/sim/virtual-timers.ts'

/** A panel that runs the committed firmware under virtual time. */
export type PanelBench = {
  readonly simulator: PanelSimulator
  readonly timers: VirtualTimers
  /** Lets time pass until the promise has settled. */
  until<T>(promise: Promise<T>): Promise<T>
  /** Plugs in and opens; `port` is the end that the driver has. */
  open(): Promise<{ readonly panel: Panel; readonly port: BytePort }>
}

// Loaded before any virtual time passes: the libraries take real time to load.
await Promise.all([import('johnny-five'), import('firmata-io')])

const HEX = readFileSync('hardware/panel/firmware/panel.hex', 'utf8')

export function createPanelBench(eeprom?: Uint8Array): PanelBench {
  const timers = createVirtualTimers()
  const simulator = createPanelSimulator({
    hex: HEX,
    timers,
    ...(eeprom === undefined ? {} : { eeprom }),
  })
  const until = async <T>(promise: Promise<T>): Promise<T> => {
    let isSettled = false
    const settle = (): void => {
      isSettled = true
    }
    promise.then(settle, settle)
    while (!isSettled) await timers.advance(2)
    return promise
  }
  return {
    simulator,
    timers,
    until,
    open: async () => {
      const port = simulator.plug()
      return { panel: await until(openPanel(port, { timers })), port }
    },
  }
}
