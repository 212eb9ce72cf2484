import { PersonhoodError } from '../../protocol/errors.ts'
import type { Command, Io } from '../io.ts'
import { usageError } from '../usage.ts'
import { type CardMachine, thisCardMachine } from './desk.ts'
import { makeKeys } from './keys.ts'
import { prepareCards } from './prepare.ts'
import { readOneCard } from './read.ts'

const HELP = `personhood card keys NEW-FILE [--district PATH] [--policy open|private] [--version N]
  Draws the master keys of a district's cards and writes them to NEW-FILE, mode 0600; a file that is
  there is never written over. open (default): a phone reads the credential. private: nobody without
  a key. N, 1 to 255, is what cards show; new masters after a theft take the next one.

personhood card prepare --reader PORT --keys FILE [--policy open|private] [--count N]
                        [--kiosk-keys FILE] [--again]
  Gives N factory cards (default 1) keys and rights, one after the other, and writes key 1 of each to
  the kiosk's file (default: FILE-kiosk.toml), which has no master of it. Asks before a card that is
  not blank; leaves cards that are not ours, hold a credential or are prepared already. A card torn
  away goes on where it was when it is put back, now or in another run with the same --keys.
  --again puts cards that FILE prepared before into the kiosk's file, and nothing on them.
  --policy only checks that FILE is for such cards.
  Prints each card's UID and result. Exit 0 when all N are prepared, 1 when one is not.

personhood card read --reader PORT [--keys FILE] [--json]
  What is on a card: kind, proof, stage, assurance, ticket, a write to be finished. No secrets.
  FILE is a kiosk's keys file or the masters; without it no card is asked to prove itself.
  Exit 0 when it is read, 1 when it is not ours or does not prove its keys.

  PORT is a PN532's serial port, best under /dev/serial/by-id/. simulator is a virtual reader with
  new blank cards; simulator:FILE has one card that is kept in FILE.
`

/** `personhood card`, with the readers of a machine. */
export function createCardCommand(machine: CardMachine): Command {
  return {
    name: 'card',
    summary: 'make card keys, prepare cards for kiosks, read a card',
    help: HELP,
    async run(args, io) {
      const [verb, ...rest] = args
      if (verb === 'keys') return await makeKeys(rest, io)
      if (verb === 'prepare') return await untilStopped(io, prepareCards(rest, machine, io))
      if (verb === 'read') return await untilStopped(io, readOneCard(rest, machine, io))
      throw usageError(`say "card keys", "card prepare" or "card read"\n${HELP}`)
    },
  }
}

/** What a device rejects with after Ctrl-C is no fault of its own. */
async function untilStopped(io: Io, run: Promise<number>): Promise<number> {
  try {
    return await run
  } catch (error) {
    if (!io.signal.aborted) throw error
    throw new PersonhoodError('call.aborted', 'interrupted', { cause: error })
  }
}

/** `personhood card`. */
export const cardCommand: Command = createCardCommand(thisCardMachine)
