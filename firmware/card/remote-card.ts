import type { Pcd, Picc } from '../../hardware/nfc/pn532.ts'
import {
  openRelaySession,
  type RelaySession,
  type RelayStep,
} from '../../protocol/card/remote-session.ts'
import { hasCode } from '../../protocol/errors.ts'
import type {
  CardSessionMessage,
  CardSessionOutcome,
} from '../../protocol/messages/card-session.ts'
import type { Timers } from '../../protocol/timers.ts'

/** The way to the station that has the card's keys; messages may be lost, doubled or late. */
export type CardLine = {
  send(message: CardSessionMessage): Promise<void>
  /** Calls back with each message of that station; returns the function that stops it. */
  onMessage(listener: (message: CardSessionMessage) => void): () => void
}

/** A card at this kiosk for whom another station speaks. */
export type RemoteCard = {
  readonly pcd: Pcd
  readonly picc: Picc
  readonly line: CardLine
  /** Name of the session, 16 random bytes. */
  readonly session: Uint8Array
  readonly timers: Timers
  readonly signal: AbortSignal
}

/** What a holder waits for one answer over a slow line; then the last message is sent again. */
const ANSWER_WAIT_MS = 4000
const MAX_SENDINGS = 3

/**
 * Carries a conversation between the card on the reader and its home until either ends it. The
 * kiosk sees commands and answers, all of them protected, and no key. `card-moved` where the card
 * left; rejects with `device.*` where the reader failed, and with the signal's reason.
 */
export async function relayCard(remote: RemoteCard): Promise<CardSessionOutcome> {
  const { pcd, picc, line, session, signal } = remote
  const relay = openRelaySession(session, picc.uid)
  const inbox = openInbox(remote)
  const act = async (step: RelayStep): Promise<void> => {
    if (step.kind === 'send') await line.send(step.message)
    if (step.kind !== 'exchange') return
    await line.send(relay.answered(await pcd.transceive(picc, step.apdu, signal)))
  }
  try {
    await line.send(relay.last)
    for (let silences = 0; silences < MAX_SENDINGS; ) {
      const message = await inbox.next()
      silences = message === undefined ? silences + 1 : 0
      const step = message === undefined ? sendAgain(relay) : relay.take(message)
      if (step.kind === 'over') return step.outcome
      if (silences < MAX_SENDINGS) await act(step)
    }
    await line.send(relay.end('given-up'))
    return 'given-up'
  } catch (error) {
    const isMoved = hasCode(error, 'card.moved')
    const outcome = isMoved ? 'card-moved' : 'given-up'
    // What went wrong is told first: a line that is gone too must not hide it.
    await line.send(relay.end(outcome)).catch(() => undefined)
    if (isMoved) return outcome
    throw error
  } finally {
    inbox.close()
  }
}

function sendAgain({ last }: RelaySession): RelayStep {
  return { kind: 'send', message: last }
}

type Inbox = {
  /** The next message, or undefined after the wait. */
  next(): Promise<CardSessionMessage | undefined>
  close(): void
}

function openInbox({ line, timers, signal }: RemoteCard): Inbox {
  const waiting: CardSessionMessage[] = []
  let wake = (): void => {}
  const stop = line.onMessage((message) => {
    waiting.push(message)
    wake()
  })
  const ring = (): void => wake()
  signal.addEventListener('abort', ring)
  return {
    async next() {
      signal.throwIfAborted()
      if (waiting.length === 0) {
        await new Promise<void>((resolve) => {
          const cancel = timers.after(ANSWER_WAIT_MS, resolve)
          wake = () => {
            cancel()
            resolve()
          }
        })
      }
      signal.throwIfAborted()
      return waiting.shift()
    },
    close() {
      stop()
      signal.removeEventListener('abort', ring)
    },
  }
}
