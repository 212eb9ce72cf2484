import type { Timers } from '../../protocol/timers.ts'
import type { BytePort } from '../port.ts'
import { processTimers } from '../timers.ts'
import { Authenticator, type AuthenticatorOptions } from './authenticator.ts'
import { Status } from './ctap2.ts'
import {
  type Assembly,
  assemble,
  BROADCAST,
  channelOf,
  encodeReports,
  HidCommand,
  HidError,
  type HidMessage,
} from './hid-frame.ts'
import { encodeInitAnswer } from './hid-link.ts'

/**
 * What goes wrong with the next message. `silence`: no reaction, for ever. `busy`: another program
 * has the key. `lost-report`: the second report of the answer is missing. `stray`: a message that
 * nobody asked for comes first.
 */
export type KeyFault = 'silence' | 'busy' | 'lost-report' | 'stray'

/** A virtual security key. */
export type KeySimulator = {
  /** A finger on the key, for what it waits for now or next. */
  touch(): void
  /** It waits for a touch. */
  readonly isWaiting: boolean
  fail(fault: KeyFault): void
  /** Pulled out and put in again: forgets what it waits for and its paused PIN, keeps its credentials. */
  powerCycle(): void
  close(): void
}

/** What the key is made of, and the time that it lives in. */
export type KeySimulatorOptions = AuthenticatorOptions & { readonly timers?: Timers }

const KEEPALIVE_MS = 100
const TOUCH_PATIENCE_MS = 30_000
const PROCESSING = 0x01
const TOUCH_NEEDED = 0x02

type Channel = { assembly: Assembly | undefined }

/** A key at the device's end of a HID port, each run of bytes one report. */
export function createKeySimulator(
  port: BytePort,
  options: KeySimulatorOptions = {},
): KeySimulator {
  const timers = options.timers ?? processTimers
  const authenticator = new Authenticator(options)
  const channels = new Map<number, Channel>()
  const faults: KeyFault[] = []
  let lastChannel = 0
  let isTouched = false
  let waiting:
    | { readonly channel: number; end(status: 'touched' | number): void; forget(): void }
    | undefined

  const send = (message: HidMessage): void => {
    const reports = encodeReports(message)
    const isLossy = reports.length > 1 && take('lost-report')
    for (const [i, report] of reports.entries()) {
      if (!(isLossy && i === 1)) port.write(report).catch(() => undefined)
    }
  }
  const take = (fault: KeyFault): boolean => {
    if (faults[0] !== fault) return false
    faults.shift()
    return true
  }
  const error = (channel: number, code: number): void =>
    send({ channel, command: HidCommand.error, payload: Uint8Array.of(code) })
  const init = ({ channel, payload }: HidMessage): void => {
    if (payload.length !== 8) {
      error(channel, HidError.invalidLength)
      return
    }
    lastChannel++
    channels.set(lastChannel, { assembly: undefined })
    send({ channel, command: HidCommand.init, payload: encodeInitAnswer(payload, lastChannel) })
  }
  const answer = (channel: number, payload: Uint8Array): void =>
    send({ channel, command: HidCommand.cbor, payload })

  const waitForTouch = (channel: number, request: Uint8Array): void => {
    let leftMs = TOUCH_PATIENCE_MS
    let cancel = (): void => {}
    const end = (status: 'touched' | number): void => {
      cancel()
      waiting = undefined
      isTouched = false
      answer(channel, status === 'touched' ? authenticator.run(request) : Uint8Array.of(status))
    }
    const beat = (): void => {
      send({ channel, command: HidCommand.keepalive, payload: Uint8Array.of(TOUCH_NEEDED) })
      leftMs -= KEEPALIVE_MS
      cancel = timers.after(KEEPALIVE_MS, () =>
        leftMs <= 0 ? end(Status.userActionTimeout) : beat(),
      )
    }
    waiting = { channel, end, forget: () => cancel() }
    send({ channel, command: HidCommand.keepalive, payload: Uint8Array.of(PROCESSING) })
    beat()
    if (isTouched) end('touched')
  }
  const cbor = ({ channel, payload }: HidMessage): void => {
    if (take('silence')) return
    const isBusy = take('busy') || waiting !== undefined
    if (take('stray')) send({ channel, command: HidCommand.wink, payload: new Uint8Array(0) })
    if (isBusy) error(channel, HidError.channelBusy)
    else if (authenticator.needsTouch(payload)) waitForTouch(channel, payload)
    else answer(channel, authenticator.run(payload))
  }
  const obey = (message: HidMessage): void => {
    if (message.command === HidCommand.init) init(message)
    else if (message.channel === BROADCAST) error(message.channel, HidError.invalidChannel)
    else if (message.command === HidCommand.ping) send(message)
    else if (message.command === HidCommand.wink) send({ ...message, payload: new Uint8Array(0) })
    else if (message.command === HidCommand.cbor) cbor(message)
    else error(message.channel, HidError.invalidCommand)
  }
  const stop = port.onBytes((bytes) => {
    const channel = channelOf(bytes)
    if (channel === undefined) return
    const state = channel === BROADCAST ? { assembly: undefined } : channels.get(channel)
    if (state === undefined) return error(channel, HidError.invalidChannel)
    const { state: assembly, message, fault } = assemble(state.assembly, bytes)
    state.assembly = assembly
    // A cancel has no answer of its own (CTAP 2.1 §11.2.9.1.4).
    if (message?.command === HidCommand.cancel) {
      if (waiting?.channel === channel) waiting.end(Status.keepaliveCancel)
    } else if (fault !== undefined) error(channel, fault)
    else if (message !== undefined) obey(message)
  })
  return {
    touch: () => {
      if (waiting === undefined) isTouched = true
      else waiting.end('touched')
    },
    get isWaiting() {
      return waiting !== undefined
    },
    fail: (fault) => void faults.push(fault),
    powerCycle: () => {
      authenticator.powerCycle()
      waiting?.forget()
      waiting = undefined
      isTouched = false
    },
    close: stop,
  }
}
