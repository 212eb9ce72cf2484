import type { EventEmitter } from 'node:events'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Timers } from '../../protocol/timers.ts'
import type { BytePort } from '../port.ts'
import { createBoardLine } from './board-line.ts'
import { PanelPin } from './pins.ts'

/** The lamps that are dimmed one by one. */
export type LampName = 'reading' | 'operator'
/** The buttons: "I need help", "stop and delete", and the operator's. */
export type ButtonName = 'help' | 'stop' | 'operator'
/** A button went down or up, 7 ms of bouncing taken out. */
export type ButtonListener = (button: ButtonName, isDown: boolean) => void

/** Lamps and buttons of the panel, as johnny-five drives them over Firmata. */
export type Board = {
  /** 0 dark .. 255 bright. */
  setLamp(lamp: LampName, brightness: number): void
  /** The buttons that are held now and later changes of them; returns what stops it. */
  onButton(listener: ButtonListener): () => void
  /** Asks for the buttons' levels: a message of a change may have been lost. */
  askButtons(): void
}

/** Limits of an opening. */
export type BoardOptions = {
  readonly timers: Timers
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

const BUTTON_PINS = {
  help: PanelPin.buttonHelp,
  stop: PanelPin.buttonStop,
  operator: PanelPin.buttonOperator,
} as const
/** Level of an open contact behind its pull-up. */
const RELEASED = 1
/** Its own patience must not end before ours. */
const NEVER_MS = 0x7f_ff_ff_ff

/**
 * Opens the Firmata side of an open port: johnny-five never sees a path. Rejects with
 * `device.timeout` where no Firmata firmware answers, or with the port's or the signal's reason.
 */
export async function openBoard(port: BytePort, options: BoardOptions): Promise<Board> {
  // Lazily: the libraries take longer to load than a whole tap lasts.
  const [{ default: five }, { default: firmata }] = await Promise.all([
    import('johnny-five'),
    import('firmata-io'),
  ])
  const { transport, askButtons } = createBoardLine(port, options.timers)
  const io = new firmata.Firmata(transport, { reportVersionTimeout: NEVER_MS }, () => undefined)
  const board = new five.Board({ io, repl: false, debug: false, sigint: false, timeout: NEVER_MS })
  // What goes wrong comes through the port; an unheard 'error' would end the process.
  for (const emitter of [io, board]) emitter.on('error', () => undefined)
  const ready = settled(board, port, options)
  transport.emit('open')
  io.reportVersion(() => undefined)
  io.queryFirmware(() => undefined)
  await ready.catch((error) => {
    // Their patience would keep the process alive.
    clearTimeout(io.reportVersionTimeoutId)
    clearTimeout(board.timer ?? undefined)
    throw error
  })
  const lamps = {
    reading: new five.Led({ board, pin: PanelPin.lampReading }),
    operator: new five.Led({ board, pin: PanelPin.lampOperator }),
  }
  return {
    setLamp: (lamp, brightness) => void lamps[lamp].brightness(brightness),
    askButtons,
    ...buttons(),
  }

  function buttons(): Pick<Board, 'onButton'> {
    const held = new Set<ButtonName>()
    const listeners = new Set<ButtonListener>()
    const tell = (name: ButtonName, isDown: boolean): void => {
      if (isDown === held.has(name)) return
      if (isDown) held.add(name)
      else held.delete(name)
      for (const listener of [...listeners]) listener(name, isDown)
    }
    for (const name of ['help', 'stop', 'operator'] as const) {
      const button = new five.Button({ board, pin: BUTTON_PINS[name], isPullup: true })
      button.on('down', () => tell(name, true))
      button.on('up', () => tell(name, false))
    }
    // A button held when its cable goes would repeat its 'hold' for ever: to the library it went up.
    port.onClose(() => {
      for (const pin of Object.values(BUTTON_PINS)) io.emit(`digital-read-${pin}`, RELEASED)
    })
    return {
      onButton: (listener) => {
        listeners.add(listener)
        for (const name of held) listener(name, true)
        return () => listeners.delete(listener)
      },
    }
  }
}

function settled(board: EventEmitter, port: BytePort, options: BoardOptions): Promise<void> {
  const { timers, timeoutMs, signal } = options
  return new Promise((resolve, reject) => {
    const stops: (() => void)[] = []
    const settle = (act: () => void): void => {
      for (const stop of stops) stop()
      act()
    }
    const abort = (): void => settle(() => reject(signal?.reason))
    if (signal?.aborted === true) return abort()
    signal?.addEventListener('abort', abort)
    stops.push(
      () => signal?.removeEventListener('abort', abort),
      port.onClose((reason) =>
        settle(() =>
          reject(reason ?? new PersonhoodError('call.port-closed', `${port.name} was closed`)),
        ),
      ),
      timers.after(timeoutMs, () =>
        settle(() =>
          reject(
            new PersonhoodError(
              'device.timeout',
              `${port.name}: no Firmata firmware answered within ${timeoutMs} ms`,
            ),
          ),
        ),
      ),
    )
    board.once('ready', () => settle(resolve))
  })
}
