import type { Pcd } from '../../hardware/nfc/pn532.ts'
import { pause } from '../../hardware/pause.ts'
import { toHex } from '../../protocol/bytes.ts'
import { hasCode } from '../../protocol/errors.ts'
import type { Timers } from '../../protocol/timers.ts'
import { errorFields, type Log } from '../../runtime/log.ts'
import type { Supervised } from '../device/supervisor.ts'
import type { TapScreen } from '../kiosk-state.ts'
import { answerTap, severalAnswer, type TapParts } from './answer.ts'
import type { TapCounter } from './counts.ts'
import {
  NO_CARDS,
  type PresenceEffect,
  presenceMachine,
  type TapStep,
  tapStepOf,
} from './presence.ts'

/** What the tap loop stands on. */
export type TapServiceParts = {
  readonly reader: Supervised<Pcd>
  readonly parts: TapParts
  readonly counter: TapCounter
  readonly timers: Timers
  readonly log: Log
  /** False while an enrolment has the reader. */
  readonly mayTap: () => boolean
  /** How often an enrolment has used the reader: what lies there afterwards is its card. */
  readonly readerUses: () => number
  /** A card is being answered: whatever the page shows of an enrolment that is over goes. */
  readonly onTap: () => Promise<void>
  readonly onChange: () => void
}

/** Answers every card that is laid on the reader while no enrolment uses it. */
export type TapService = {
  readonly screen: TapScreen | undefined
  /** Takes the answer off the page before its time; false = there is none. */
  dismiss(): boolean
  close(): Promise<void>
}

const POLL_EVERY_MS = 100
/** *Go* needs no reading; the others say what to do next. */
const SHOW_GO_MS = 3000
const SHOW_OTHER_MS = 5000

/** Starts polling. */
export function startTaps(service: TapServiceParts): TapService {
  const { reader, parts, counter, timers, log, mayTap, onTap, onChange } = service
  const closed = new AbortController()
  const { signal } = closed
  let presence = NO_CARDS
  let usesSeen = service.readerUses()
  let step: TapStep = 'empty'
  let screen: TapScreen | undefined
  let cancelShow = (): void => {}

  function show(next: TapScreen | undefined): void {
    cancelShow()
    screen = next
    if (next !== undefined) {
      const ms = next.outcome === 'go' ? SHOW_GO_MS : SHOW_OTHER_MS
      cancelShow = timers.after(ms, () => show(undefined))
    }
    onChange()
  }
  function go(next: TapStep): void {
    if (next !== step) log.debug('tap.step', { state: next })
    step = next
  }
  async function answer(pcd: Pcd, effect: PresenceEffect, startedMs: number): Promise<void> {
    go('answering')
    await onTap()
    const several = severalAnswer(Math.round(10 * (parts.nowMs() - startedMs)) / 10)
    const next =
      effect.name === 'several' ? several : await answerTap(pcd, parts, startedMs, signal)
    show(next)
    log.info('tap.answered', { outcome: next.outcome, reason: next.reason, ms: next.milliseconds })
    await counter.add(next.outcome)
  }
  async function look(pcd: Pcd): Promise<void> {
    // The reader may have been away for as long as an enrolment takes.
    if (!mayTap()) return
    const startedMs = parts.nowMs()
    const piccs = await pcd.poll(signal)
    const uids = piccs.map(({ uid }) => toHex(uid))
    if (!mayTap()) return
    const uses = service.readerUses()
    const next = presenceMachine(presence, { name: uses === usesSeen ? 'polled' : 'used', uids })
    usesSeen = uses
    const before = presence
    presence = next.state
    try {
      for (const effect of next.effects) await answer(pcd, effect, startedMs)
    } catch (error) {
      // The reader went away before the card had its answer: it gets one when the reader is back.
      if (hasCode(error, 'device')) presence = before
      throw error
    } finally {
      go(tapStepOf(presence))
    }
  }
  async function run(): Promise<void> {
    for (;;) {
      if (mayTap()) await reader.use(look, signal).catch(unlessOurs)
      else if (screen !== undefined) show(undefined)
      await pause(timers, POLL_EVERY_MS, signal)
    }
  }
  /** Taps go on with a full disk and with cards of any kind; what they were is in the log. */
  function unlessOurs(error: unknown): void {
    if (signal.aborted) throw error
    const isOfTheWorld = ['store', 'card', 'bytes'].some((code) => hasCode(error, code))
    if (!isOfTheWorld) throw error
    log.warn('tap.fault', errorFields(error))
  }
  const running = run().catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  return {
    get screen() {
      return screen
    },
    dismiss() {
      const isShown = screen !== undefined
      if (isShown) show(undefined)
      return isShown
    },
    async close() {
      closed.abort()
      cancelShow()
      await running
    },
  }
}
