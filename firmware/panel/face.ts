import type { ButtonName } from '../../hardware/panel/board.ts'
import type { Guards } from '../../hardware/panel/messages.ts'
import type { Panel } from '../../hardware/panel/panel.ts'
import { SIGNS, type Sign, type SignName } from '../../hardware/panel/signs.ts'
import type { Timers } from '../../protocol/timers.ts'
import { errorFields, type Log } from '../../runtime/log.ts'
import { type Supervised, superviseDevice } from '../device/supervisor.ts'
import type { Kiosk } from '../kiosk.ts'
import type { DeviceState, KioskState } from '../kiosk-state.ts'
import { readingLight, signOf } from './sign-of.ts'

/** The kiosk's face without a screen: what its panel shows, sounds and hears. */
export type PanelFace = {
  /** Whether the panel is there. */
  readonly state: DeviceState
  /** Somebody has asked for help, and no operator has come yet. */
  readonly isHelpAsked: boolean
  close(): Promise<void>
}

/** What a face stands on. */
export type PanelFaceOptions = {
  /** Opens the panel; called again each time it has gone. */
  readonly openPanel: (signal: AbortSignal) => Promise<Panel>
  /** Seconds of the kiosk's silence after which the panel restarts its computer; 0 = never. */
  readonly restartS: number
  readonly kiosk: Pick<Kiosk, 'state' | 'onState' | 'command'>
  readonly timers: Timers
  readonly log: Log
  /** Called at each change of `state`. */
  readonly onChange?: () => void
}

/** The panel puts a dead kiosk's lamps out after so long; it is asked more than once a second. */
const QUIET_S = 5
/** So long the operator's button ends whatever is under way. */
const LONG_PRESS_MS = 3000
const LAMP_ON = 255

/** Shows each state of the kiosk on the panel, and hands its buttons on, until closed. */
export function startPanelFace(options: PanelFaceOptions): PanelFace {
  return new RunningFace(options)
}

class RunningFace implements PanelFace {
  readonly #options: PanelFaceOptions
  readonly #panel: Supervised<Panel>
  readonly #ended = new AbortController()
  readonly #stopState: () => void
  #screen: KioskState['screen']
  #wanted: SignName
  #lamps = { reading: 0, operator: 0 }
  #isShowing = false
  /** Counts the pictures that were wanted; the last one that the panel has. */
  #version = 0
  #painted = 0
  #isHelpAsked = false
  #cancelLongPress = (): void => {}

  constructor(options: PanelFaceOptions) {
    this.#options = options
    const { kiosk, timers, log, openPanel } = options
    this.#screen = kiosk.state.screen
    this.#wanted = signOf(kiosk.state)
    this.#lamps = { reading: readingLight(kiosk.state), operator: 0 }
    this.#panel = superviseDevice({
      name: 'panel',
      timers,
      log,
      onChange: options.onChange ?? (() => undefined),
      open: async (signal) => {
        const panel = await openPanel(signal)
        try {
          await this.#greet(panel, signal)
          return panel
        } catch (error) {
          await panel.close().catch(() => undefined)
          throw error
        }
      },
      probe: (panel, signal) => panel.ping(signal),
    })
    this.#stopState = kiosk.onState((state) => this.#follow(state))
  }

  get state(): DeviceState {
    return this.#panel.state
  }

  get isHelpAsked(): boolean {
    return this.#isHelpAsked
  }

  async close(): Promise<void> {
    this.#stopState()
    this.#cancelLongPress()
    this.#ended.abort()
    await this.#panel.close()
  }

  async #greet(panel: Panel, signal: AbortSignal): Promise<void> {
    const { log, restartS } = this.#options
    const { start, lineErrors } = panel.opened
    log.info('panel.opened', { start, lineErrors })
    this.#tellGuards(panel.guards)
    panel.onGuards((guards) => this.#tellGuards(guards))
    panel.onButton((button, isDown) => this.#hear(button, isDown))
    await panel.watchHost({ quietS: QUIET_S, restartS }, signal)
    // A tune would tell a resident of something new, and only the cable is.
    const version = this.#version
    await this.#paint(panel, { ...SIGNS[this.#wanted], notes: [] }, signal)
    this.#painted = version
  }

  #follow(state: KioskState): void {
    const { screen } = state
    // Two taps with one outcome are two signs; other screens change with each picture.
    const isNewTap = screen.name === 'tap' && screen !== this.#screen
    this.#screen = screen
    const sign = this.#isHelpAsked && screen.name === 'idle' ? 'helpCalled' : signOf(state)
    const lamps = {
      reading: readingLight(state),
      operator: this.#isHelpAsked || screen.name === 'attend' ? LAMP_ON : 0,
    }
    const isSame =
      sign === this.#wanted &&
      lamps.reading === this.#lamps.reading &&
      lamps.operator === this.#lamps.operator
    if (isSame && !isNewTap) return
    this.#wanted = sign
    this.#lamps = lamps
    this.#version++
    void this.#show()
  }

  /** One picture at a time; what changes meanwhile is shown next, and only the last of it. */
  async #show(): Promise<void> {
    if (this.#isShowing) return
    this.#isShowing = true
    try {
      while (this.#painted !== this.#version && !this.#ended.signal.aborted) {
        await this.#panel.use(async (panel) => {
          const version = this.#version
          // A panel that has just come back has this picture already.
          if (this.#painted === version) return
          await this.#paint(panel, SIGNS[this.#wanted])
          this.#painted = version
        }, this.#ended.signal)
      }
    } catch (error) {
      if (!this.#ended.signal.aborted) this.#options.log.warn('panel.not-shown', errorFields(error))
    } finally {
      this.#isShowing = false
    }
  }

  async #paint(panel: Panel, sign: Sign, signal?: AbortSignal): Promise<void> {
    panel.setLamp('reading', this.#lamps.reading)
    panel.setLamp('operator', this.#lamps.operator)
    await panel.show(sign, signal)
  }

  #hear(button: ButtonName, isDown: boolean): void {
    if (button === 'operator') this.#hearOperator(isDown)
    else if (isDown && button === 'stop') this.#command('cancel')
    else if (isDown) this.#askHelp(true)
  }

  #hearOperator(isDown: boolean): void {
    this.#cancelLongPress()
    if (!isDown) return
    this.#askHelp(false)
    const { timers } = this.#options
    this.#cancelLongPress = timers.after(LONG_PRESS_MS, () => this.#command('cancel'))
  }

  #askHelp(isAsked: boolean): void {
    if (isAsked === this.#isHelpAsked) return
    this.#isHelpAsked = isAsked
    this.#options.log.info(isAsked ? 'panel.help-asked' : 'panel.help-came')
    this.#follow(this.#options.kiosk.state)
  }

  #command(name: 'cancel'): void {
    const { kiosk, log } = this.#options
    kiosk
      .command({ name })
      .catch((error: unknown) => log.warn('panel.command-failed', errorFields(error)))
  }

  #tellGuards({ isDoorOpen, isLoopOpen, isTampered, tamperCount }: Guards): void {
    const { log } = this.#options
    const fields = { isDoorOpen, isLoopOpen, isTampered, tamperCount }
    if (isTampered || isLoopOpen) log.warn('panel.box-opened', fields)
    else log.info('panel.guards', fields)
  }
}
