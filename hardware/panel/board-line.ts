import { EventEmitter } from 'node:events'
import type { Timers } from '../../protocol/timers.ts'
import { openChannel } from '../exchange.ts'
import type { BytePort } from '../port.ts'
import { scanFirmata } from './frame.ts'
import { PanelPin } from './pins.ts'

/** An open port as firmata-io wants its transport. */
export type Transport = EventEmitter & {
  write(bytes: Uint8Array, done?: () => void): void
}

/** The Firmata side of the panel's line. */
export type BoardLine = {
  readonly transport: Transport
  /** Asks for the buttons' levels: a message of a change may have been lost. */
  askButtons(): void
}

const LINE_IDLE_MS = 50
const DIGITAL_PORT_0 = 0x90
const REPORT_DIGITAL_PORT_0 = 0xd0
const VERSION = 0xf9
const START = 0xf0
/** Of our firmware's 20 pins (hardware/panel/firmware/pins.h). */
const PINS = 20
const PIN_END = 0x7f
const BUTTON_BITS =
  (1 << PanelPin.buttonHelp) | (1 << PanelPin.buttonStop) | (1 << PanelPin.buttonOperator)
const Sysex = { analogMapping: 0x6a, capabilities: 0x6c, firmware: 0x79 } as const

/**
 * Hands firmata-io only what our firmware says: Firmata has no checks, and a damaged answer makes
 * the library throw. A change of the buttons is asked for once more before it is believed.
 */
export function createBoardLine(port: BytePort, timers: Timers): BoardLine {
  const events = new EventEmitter()
  let told: number | undefined
  let doubted: number | undefined
  const askButtons = (): void => {
    port.write(Uint8Array.of(REPORT_DIGITAL_PORT_0, 1)).catch(() => undefined)
  }
  const isBelieved = (levels: number): boolean => {
    if (levels === told || levels === doubted) {
      told = levels
      doubted = undefined
      return true
    }
    doubted = levels
    askButtons()
    return false
  }
  const channel = openChannel(port, scanFirmata, { idleMs: LINE_IDLE_MS, timers })
  channel.onFrame((message) => {
    if (!isOfOurBoard(message)) return
    if (message[0] === DIGITAL_PORT_0 && !isBelieved(message[1] ?? 0)) return
    events.emit('data', message)
  })
  port.onClose(() => events.emit('close'))
  const transport = Object.assign(events, {
    write: (bytes: Uint8Array, done: () => void = () => undefined) => {
      // A failed write is the port's end, which everybody hears of.
      port.write(bytes).then(done, done)
    },
  })
  return { transport, askButtons }
}

/** A whole Firmata message that our firmware may have sent so. */
export function isOfOurBoard(message: Uint8Array): boolean {
  const [first, second = 0, third] = message
  if (first === DIGITAL_PORT_0) return (second & ~BUTTON_BITS) === 0 && third === 0
  if (first === VERSION) return true
  if (first !== START) return false
  const body = message.subarray(2, -1)
  switch (second) {
    case Sysex.analogMapping:
      return body.length === PINS
    case Sysex.capabilities:
      return body.filter((byte) => byte === PIN_END).length === PINS
    case Sysex.firmware:
      return body.length >= 2 && body.length % 2 === 0
    default:
      return false
  }
}
