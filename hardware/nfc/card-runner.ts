import { decodeResponse, encodeCommand, type Response } from '../../protocol/card/apdu.ts'
import type { CardScript } from '../../protocol/card/ntag424.ts'
import { hasCode } from '../../protocol/errors.ts'
import type { Pcd, Picc } from './pn532.ts'

/** A talk with one card that answers ISO/IEC 7816-4 commands. */
export type CardSession = {
  readonly pcd: Pcd
  readonly picc: Picc
  readonly signal: AbortSignal | undefined
}

const ISO_CLA = 0x00
const MAX_SENDINGS = 3
const MAX_RUNS = 3

/**
 * Runs a script with the card on the reader. An answer that the reader lost is asked for again where
 * the command may run twice; otherwise, as in a session, whose counter has moved on or not, the whole
 * script begins anew: `begin` must be fit for that.
 */
export async function runScript<T>(card: CardSession, begin: () => CardScript<T>): Promise<T> {
  for (let run = 1; ; run++) {
    try {
      return await runOnce(card, begin())
    } catch (error) {
      if (!isLineFault(error) || run === MAX_RUNS) throw error
    }
  }
}

async function runOnce<T>(card: CardSession, script: CardScript<T>): Promise<T> {
  let step = script.next()
  while (step.done !== true) {
    const command = step.value
    const apdu = encodeCommand(command)
    // File commands of ISO/IEC 7816-4 leave the same state behind each time.
    const sendings = command.cla === ISO_CLA ? MAX_SENDINGS : 1
    step = script.next(await send(card, apdu, sendings))
  }
  return step.value
}

async function send(
  { pcd, picc, signal }: CardSession,
  apdu: Uint8Array,
  sendings: number,
): Promise<Response> {
  for (let sending = 1; ; sending++) {
    try {
      return decodeResponse(await pcd.transceive(picc, apdu, signal))
    } catch (error) {
      if (!isLineFault(error) || sending === sendings) throw error
    }
  }
}

function isLineFault(error: unknown): boolean {
  return hasCode(error, 'device.timeout') || hasCode(error, 'device.garbled')
}
