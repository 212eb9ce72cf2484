import { equalBytes } from '../bytes.ts'
import { hasCode, PersonhoodError } from '../errors.ts'
import {
  type CardSessionMessage,
  type CardSessionOutcome,
  MAX_CARD_STEPS,
} from '../messages/card-session.ts'
import { decodeResponse, encodeCommand } from './apdu.ts'
import type { CardScript } from './ntag424.ts'

/** The end of a home's side: what the script came to, or why it did not. */
export type HomeEnd<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'broken'; readonly error: PersonhoodError }

/** The side of the station that has the keys: it runs a script with a card that lies elsewhere. */
export type HomeSession<T> = {
  /** Set once the session is over; later messages change nothing. */
  readonly end: HomeEnd<T> | undefined
  /**
   * Takes a message from the kiosk and gives the one to send back. A message that came twice gets
   * the same answer again, so that a lost one is cured by sending the last again.
   */
  take(message: CardSessionMessage): CardSessionMessage | undefined
}

/** Starts the side that has the keys, for one session. `begin` is told the identity that the card shows. */
export function startHomeSession<T>(
  session: Uint8Array,
  begin: (shownUid: Uint8Array) => CardScript<T>,
): HomeSession<T> {
  let script: CardScript<T> | undefined
  let end: HomeEnd<T> | undefined
  let step = 0
  let last: CardSessionMessage | undefined

  function finish(result: HomeEnd<T>, outcome: CardSessionOutcome): CardSessionMessage {
    end = result
    last = { session, step, kind: 'end', outcome }
    return last
  }
  function broken(error: unknown): CardSessionMessage {
    if (!(error instanceof PersonhoodError)) throw error
    const isRefusal = hasCode(error, 'card')
    return finish({ kind: 'broken', error }, isRefusal ? 'refused' : 'given-up')
  }
  function advance(resume: () => ReturnType<CardScript<T>['next']>): CardSessionMessage {
    try {
      const next = resume()
      if (next.done === true) return finish({ kind: 'done', value: next.value }, 'done')
      if (step === MAX_CARD_STEPS) throw tooLong()
      step += 1
      last = { session, step, kind: 'command', bytes: encodeCommand(next.value) }
      return last
    } catch (error) {
      return broken(error)
    }
  }
  /** The command that this message leads to; undefined where it is not the one that is due. */
  function due({ kind, step: at, bytes }: CardSessionMessage): CardSessionMessage | undefined {
    if (end !== undefined || at !== step || bytes === undefined) return undefined
    const running = script
    if (kind === 'answer' && running !== undefined) {
      return advance(() => running.next(decodeResponse(bytes)))
    }
    if (kind !== 'open' || running !== undefined) return undefined
    const started = begin(bytes)
    script = started
    return advance(() => started.next())
  }
  return {
    get end() {
      return end
    },
    take(message) {
      const { kind, step: at } = message
      if (!equalBytes(message.session, session) || kind === 'command') return undefined
      if (kind === 'end') {
        end ??= { kind: 'broken', error: endOf(message.outcome) }
        return undefined
      }
      return due(message) ?? (at === step || at === step - 1 ? last : undefined)
    },
  }
}

/** What the kiosk is to do next. */
export type RelayStep =
  | { readonly kind: 'exchange'; readonly apdu: Uint8Array }
  | { readonly kind: 'send'; readonly message: CardSessionMessage }
  | { readonly kind: 'over'; readonly outcome: CardSessionOutcome }
  | { readonly kind: 'nothing' }

/** The side where the card lies: it carries commands and answers and understands neither. */
export type RelaySession = {
  /** The newest message of this side: sent again when nothing comes back. */
  readonly last: CardSessionMessage
  take(message: CardSessionMessage): RelayStep
  /** The card's answer to the command that `take` gave. */
  answered(response: Uint8Array): CardSessionMessage
  /** Ends the session from this side. */
  end(outcome: CardSessionOutcome): CardSessionMessage
}

/** Opens a session for the card that lies here. */
export function openRelaySession(session: Uint8Array, shownUid: Uint8Array): RelaySession {
  let step = 0
  let isAnswered = true
  let last: CardSessionMessage = { session, step, kind: 'open', bytes: shownUid }
  return {
    get last() {
      return last
    },
    take(message) {
      if (!equalBytes(message.session, session)) return { kind: 'nothing' }
      if (message.kind === 'end') return { kind: 'over', outcome: message.outcome ?? 'given-up' }
      const { bytes } = message
      if (message.kind !== 'command' || bytes === undefined) return { kind: 'nothing' }
      // A command that came twice must not reach the card twice: its counter has moved on.
      if (message.step === step && isAnswered) return { kind: 'send', message: last }
      if (message.step !== step + 1 || !isAnswered) return { kind: 'nothing' }
      step = message.step
      isAnswered = false
      return { kind: 'exchange', apdu: bytes }
    },
    answered(response) {
      isAnswered = true
      last = { session, step, kind: 'answer', bytes: response }
      return last
    },
    end(outcome) {
      last = { session, step, kind: 'end', outcome }
      return last
    },
  }
}

function endOf(outcome: CardSessionOutcome | undefined): PersonhoodError {
  return outcome === 'card-moved'
    ? new PersonhoodError('card.moved', 'the card left the reader of the other kiosk')
    : new PersonhoodError('card.abandoned', `the other kiosk ended the session: ${outcome}`)
}

function tooLong(): PersonhoodError {
  return new PersonhoodError('call.card-session', `more than ${MAX_CARD_STEPS} commands`)
}
