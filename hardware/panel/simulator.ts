import type { Timers } from '../../protocol/timers.ts'
import type { BytePort } from '../port.ts'
import { createPortPair, type PortPair } from '../sim/port-pair.ts'
import { processTimers } from '../timers.ts'
import type { ButtonName, LampName } from './board.ts'
import { EEPROM_BYTES, Microcontroller, type ResetCause } from './microcontroller.ts'
import { PanelPin } from './pins.ts'
import { createRingDecoder, type Rgb } from './ring-decoder.ts'

/** The panel around its real firmware: what hands do to it, and what eyes and ears find. */
export type PanelSimulator = {
  /** Plugs the cable in: the panel gets power, and this is the kiosk's end. */
  plug(): BytePort
  /** Pulls the cable: the panel loses power, and forgets all but its EEPROM. */
  unplug(): void
  press(button: ButtonName, isDown: boolean): void
  setDoor(isOpen: boolean): void
  setLoop(isOpen: boolean): void
  /** The main loop gets stuck, interrupts go on. */
  hang(): void
  /** The picture that the lamps hold, in their order. */
  readonly ring: readonly Rgb[]
  /** Share of the time that the lamp was lit in the last 10 ms. */
  lamp(lamp: LampName): number
  /** Of the sounder now; 0 is silence. */
  readonly hertz: number
  /** The kiosk's restart line is pulled low. */
  readonly isHostHeld: boolean
  /** Times that the firmware started. */
  readonly starts: number
}

/** What a simulated panel is made of. */
export type PanelSimulatorOptions = {
  /** The firmware, in Intel hex. */
  readonly hex: string
  readonly timers?: Timers
  /** What the EEPROM holds from an earlier life; erased if absent. */
  readonly eeprom?: Uint8Array
}

const STEP_MS = 1
const BUTTON_PINS: Readonly<Record<ButtonName, number>> = {
  help: PanelPin.buttonHelp,
  stop: PanelPin.buttonStop,
  operator: PanelPin.buttonOperator,
}

/** A panel that runs its firmware instruction by instruction, in the time that the timers give it. */
export function createPanelSimulator(options: PanelSimulatorOptions): PanelSimulator {
  const timers = options.timers ?? processTimers
  const eeprom = options.eeprom?.slice() ?? new Uint8Array(EEPROM_BYTES).fill(0xff)
  // Contacts: buttons rest open, door and loop rest closed.
  const levels = new Map<number, boolean>([
    ...Object.values(BUTTON_PINS).map((pin) => [pin, true] as const),
    [PanelPin.door, false],
    [PanelPin.tamperLoop, false],
  ])
  let pair: PortPair | undefined
  let chip: Microcontroller | undefined
  let ring = createRingDecoder()
  let starts = 0

  const start = (cause: ResetCause): void => {
    starts++
    ring = createRingDecoder()
    const made = new Microcontroller(options.hex, eeprom, cause)
    for (const [pin, isHigh] of levels) made.setInput(pin, isHigh)
    made.onEdge(PanelPin.ringClock, (isHigh) => {
      if (isHigh) ring.clock(made.isHigh(PanelPin.ringData))
    })
    made.watch(PanelPin.sounder)
    made.watch(PanelPin.lampReading)
    made.watch(PanelPin.lampOperator)
    chip = made
  }
  const step = (): void => {
    if (chip === undefined || pair === undefined) return
    const sent = chip.run(STEP_MS)
    if (sent.length > 0) pair.device.write(sent).catch(() => undefined)
    if (chip.isReset) start('watchdog')
    timers.after(STEP_MS, step)
  }
  const set = (pin: number, isHigh: boolean): void => {
    levels.set(pin, isHigh)
    chip?.setInput(pin, isHigh)
  }
  return {
    plug: () => {
      const made = createPortPair('panel')
      pair = made
      made.device.onBytes((bytes) => chip?.receive(bytes))
      start('power')
      timers.after(STEP_MS, step)
      return made.host
    },
    unplug: () => {
      chip = undefined
      pair?.unplug()
      pair = undefined
    },
    press: (button, isDown) => set(BUTTON_PINS[button], !isDown),
    setDoor: (isOpen) => set(PanelPin.door, isOpen),
    setLoop: (isOpen) => set(PanelPin.tamperLoop, isOpen),
    hang: () => chip?.hang(),
    get ring() {
      return ring.picture
    },
    lamp: (lamp) =>
      chip?.dutyOf(lamp === 'reading' ? PanelPin.lampReading : PanelPin.lampOperator) ?? 0,
    get hertz() {
      return chip?.frequencyOf(PanelPin.sounder) ?? 0
    },
    get isHostHeld() {
      return chip?.isPulledLow(PanelPin.hostRestart) ?? false
    },
    get starts() {
      return starts
    },
  }
}
