import { PersonhoodError } from '../../protocol/errors.ts'
import type { Timers } from '../../protocol/timers.ts'
import { type FrameChannel, openChannel } from '../exchange.ts'
import type { BytePort } from '../port.ts'
import { processTimers } from '../timers.ts'
import { type Board, openBoard } from './board.ts'
import { encodeFrame, type PanelFrame, scanPanel } from './frame.ts'
import {
  Command,
  encodeClearTamper,
  encodeRing,
  encodeSound,
  encodeWatch,
  type Guards,
  type PanelState,
  readDone,
  readGuards,
  readState,
} from './messages.ts'
import type { Sign } from './signs.ts'

/** How long the kiosk may be silent, in seconds; 0 = never. */
export type HostWatch = {
  /** Until the panel puts its lamps out and shows the quiet sign, 0..127. */
  readonly quietS: number
  /** Until it restarts the kiosk's computer, 0..6000: longer than that takes to start. */
  readonly restartS: number
}

/** The panel: what a resident sees and hears without a screen, and what guards the kiosk's box. */
export type Panel = Board & {
  /** The state it had when it was opened. */
  readonly opened: PanelState
  readonly guards: Guards
  /** Shows and sounds a sign in place of the one before. */
  show(sign: Sign, signal?: AbortSignal): Promise<void>
  /**
   * Asks for the state, and so tells the panel that the kiosk lives. Where the panel had gone quiet,
   * or had started anew, the sign shown last is shown again.
   */
  ping(signal?: AbortSignal): Promise<PanelState>
  watchHost(watch: HostWatch, signal?: AbortSignal): Promise<void>
  /**
   * Takes the mark of an opened loop away; rejects with `device.panel-tampered` where the loop is
   * open still, or was opened again since `guards` was read.
   */
  clearTamper(signal?: AbortSignal): Promise<void>
  /** Door and loop, at each change. */
  onGuards(listener: (guards: Guards) => void): () => void
  onClose: BytePort['onClose']
  /** Puts the ring out, as far as the panel still hears, and closes the port. */
  close(): Promise<void>
}

/** Limits and time of a panel. */
export type PanelOptions = { readonly signal?: AbortSignal; readonly timers?: Timers }

/** The panel link's rate, 8N1 (panel link §1). */
export const PANEL_BAUD = 57_600

const ANSWER_TIMEOUT_MS = 250
const ATTEMPTS = 3
// A board whose line has just been opened may restart, and its boot loader wait for 2 s.
const OPENING_ATTEMPTS = 12
const BOARD_TIMEOUT_MS = 3000
const LINE_IDLE_MS = 50
const LAST_SEQ = 0x7f

/**
 * Finds our firmware at the port's other end and takes lamps and buttons over. Rejects with
 * `device.timeout` where no panel answers.
 */
export async function openPanel(port: BytePort, options: PanelOptions = {}): Promise<Panel> {
  const { signal, timers = processTimers } = options
  const channel = openChannel(port, scanPanel, { idleMs: LINE_IDLE_MS, timers })
  const link = new PanelLink(channel)
  try {
    const opened = await link.ping(signal, OPENING_ATTEMPTS)
    const board = await openBoard(port, { timers, timeoutMs: BOARD_TIMEOUT_MS, signal })
    return {
      ...board,
      opened,
      get guards() {
        return link.guards
      },
      show: (sign, showSignal) => link.show(sign, showSignal),
      ping: async (pingSignal) => {
        const state = await link.ping(pingSignal)
        board.askButtons()
        return state
      },
      watchHost: ({ quietS, restartS }, watchSignal) =>
        link.run(Command.watch, encodeWatch(quietS, restartS), watchSignal),
      clearTamper: (clearSignal) => link.clearTamper(clearSignal),
      onGuards: (listener) => link.onGuards(listener),
      onClose: port.onClose,
      close: async () => {
        await link.putOut().catch(() => undefined)
        channel.detach()
        await port.close()
      },
    }
  } catch (error) {
    channel.detach()
    throw error
  }
}

const UNKNOWN_GUARDS: Guards = {
  isDoorOpen: false,
  isLoopOpen: false,
  isTampered: false,
  tamperCount: 0,
}

/** Our own messages to one panel, one at a time. */
class PanelLink {
  readonly #channel: FrameChannel<PanelFrame>
  readonly #listeners = new Set<(guards: Guards) => void>()
  #guards = UNKNOWN_GUARDS
  #seq = 0
  #sign: Sign | undefined
  #uptimeS = 0
  #tail: Promise<unknown> = Promise.resolve()

  constructor(channel: FrameChannel<PanelFrame>) {
    this.#channel = channel
    channel.onFrame((frame) => {
      const guards = readGuards(frame)
      if (guards !== undefined) this.#note(guards)
    })
  }

  get guards(): Guards {
    return this.#guards
  }

  onGuards(listener: (guards: Guards) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async show(sign: Sign, signal?: AbortSignal): Promise<void> {
    this.#sign = sign
    await this.run(Command.ring, encodeRing(sign.ring), signal)
    await this.run(Command.sound, encodeSound(sign.notes), signal)
  }

  putOut(): Promise<void> {
    return this.run(Command.ring, encodeRing({ pattern: 'off', colour: [0, 0, 0] }))
  }

  async ping(signal?: AbortSignal, attempts = ATTEMPTS): Promise<PanelState> {
    const state = await this.#inTurn(async () => {
      const seq = this.#nextSeq()
      const frame = await this.#channel.exchange({
        request: encodeFrame({ command: Command.ping, seq, payload: new Uint8Array(0) }),
        accept: (answer): answer is PanelFrame =>
          answer.seq === seq && readState(answer) !== undefined,
        timeoutMs: ANSWER_TIMEOUT_MS,
        attempts,
        signal,
        what: 'answer of the panel',
      })
      return readState(frame)
    })
    if (state === undefined) throw new PersonhoodError('bytes.panel', 'no state in its answer')
    this.#note(state.guards)
    const isAnew = state.uptimeS < this.#uptimeS
    this.#uptimeS = state.uptimeS
    const lost = this.#sign
    if (lost !== undefined && (isAnew || state.wasQuiet)) {
      // Its light again, but not its sound: that would tell a resident of something new.
      await this.run(Command.ring, encodeRing(lost.ring), signal)
    }
    return state
  }

  async clearTamper(signal?: AbortSignal): Promise<void> {
    await this.run(Command.clearTamper, encodeClearTamper(this.#guards.tamperCount), signal)
    await this.ping(signal)
  }

  /** One command until the panel says that it is done. Each may be sent again (panel link §2). */
  run(command: number, payload: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      const seq = this.#nextSeq()
      const frame = await this.#channel.exchange({
        request: encodeFrame({ command, seq, payload }),
        accept: (answer): answer is PanelFrame =>
          answer.seq === seq && readDone(answer)?.command === command,
        timeoutMs: ANSWER_TIMEOUT_MS,
        attempts: ATTEMPTS,
        signal,
        what: 'answer of the panel',
      })
      const outcome = readDone(frame)?.outcome
      if (outcome === 'done') return
      if (outcome === 'stale') {
        throw new PersonhoodError(
          'device.panel-tampered',
          'the loop of the box is open, or was opened once more',
        )
      }
      throw new PersonhoodError(
        'device.refused',
        `${this.#channel.name}: the panel refuses command ${command}: ${outcome}`,
      )
    })
  }

  #note(guards: Guards): void {
    const before = this.#guards
    this.#guards = guards
    const isSame =
      before.isDoorOpen === guards.isDoorOpen &&
      before.isLoopOpen === guards.isLoopOpen &&
      before.isTampered === guards.isTampered &&
      before.tamperCount === guards.tamperCount
    if (isSame) return
    for (const listener of [...this.#listeners]) listener(guards)
  }

  #nextSeq(): number {
    this.#seq = (this.#seq + 1) & LAST_SEQ
    return this.#seq
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(act)
    this.#tail = turn.catch(() => undefined)
    return turn
  }
}
