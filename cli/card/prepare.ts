import { resolve } from 'node:path'
import { toHex } from '../../protocol/bytes.ts'
import { hasCode, PersonhoodError } from '../../protocol/errors.ts'
import { aes128, randomBytes } from '../../runtime/crypto.ts'
import { Exit, type Io } from '../io.ts'
import { parseUsage, usageError, wholeNumber } from '../usage.ts'
import { type BatchFile, openBatchFile } from './batch-file.ts'
import { awaitCard, awaitNoCard, type CardDesk, type CardMachine } from './desk.ts'
import { readMasters } from './masters-file.ts'
import { type CardOutcome, type Preparation, prepareOnReader } from './prepare-card.ts'
import { openQuestions } from './questions.ts'

const MAX_COUNT = 2000
/** Times that one card may move before it is set aside. */
const MAX_RETURNS = 5

/** `personhood card prepare`: the cards of a batch, one after the other. */
export async function prepareCards(
  args: readonly string[],
  machine: CardMachine,
  io: Io,
): Promise<number> {
  const { values, positionals } = parseUsage(args, {
    reader: { type: 'string' },
    keys: { type: 'string' },
    policy: { type: 'string' },
    count: { type: 'string' },
    'kiosk-keys': { type: 'string' },
    again: { type: 'boolean' },
  })
  if (positionals.length > 0) throw usageError('card prepare --reader PORT --keys FILE')
  const { reader, keys, policy } = values
  if (reader === undefined) throw usageError('which reader? give --reader PORT, or simulator')
  if (keys === undefined) throw usageError('whose cards? give --keys FILE, made by "card keys"')
  const count = wholeNumber('--count', values.count ?? '1', 1, MAX_COUNT)
  const masters = await readMasters(resolve(io.cwd, keys))
  if (policy !== undefined && policy !== masters.policy) {
    throw usageError(
      `${keys} is for ${masters.policy} cards, not "${policy}": each policy has masters of its own`,
    )
  }
  const kioskKeys = values['kiosk-keys'] ?? besides(keys)
  const batch = await openBatchFile(resolve(io.cwd, kioskKeys), masters)
  const desk = await machine.open(reader, io, count)
  const questions = openQuestions(io)
  const preparation: Preparation = {
    masters,
    crypto: { aes: aes128, random: randomBytes },
    batch,
    isAgain: values.again === true,
    signal: io.signal,
    confirm: questions.confirm,
    lookAgain: () => awaitCard(desk, machine, io),
    unfinished: new Set(),
    approved: new Set(),
  }
  const outcomes: CardOutcome[] = []
  try {
    await eachCard(desk, machine, io, count, async (number) => {
      const outcome = await prepareNext(preparation, desk, machine, io)
      outcomes.push(outcome)
      io.stdout(lineOf(outcome))
      io.stderr(number < count ? 'Take it away.\n' : '')
    })
  } finally {
    questions.close()
    await desk.pcd.close().catch(() => undefined)
    io.stderr(summaryOf(outcomes, preparation, batch))
  }
  const isAll = outcomes.length === count && outcomes.every(({ kind }) => kind !== 'refused')
  return isAll ? Exit.ok : Exit.no
}

async function eachCard(
  desk: CardDesk,
  machine: CardMachine,
  io: Io,
  count: number,
  act: (number: number) => Promise<void>,
): Promise<void> {
  for (let number = 1; number <= count; number++) {
    if (number > 1) await awaitNoCard(desk, machine, io)
    io.stderr(`Card ${number} of ${count}: put it on the reader.\n`)
    if (!desk.layNext()) {
      io.stderr('The simulated hand has no more cards.\n')
      return
    }
    await act(number)
  }
}

/** The card that comes next, as often as it moves and is put back. */
async function prepareNext(
  preparation: Preparation,
  desk: CardDesk,
  machine: CardMachine,
  io: Io,
): Promise<CardOutcome> {
  for (let returns = 0; ; returns++) {
    const picc = await awaitCard(desk, machine, io)
    try {
      return await prepareOnReader(preparation, desk.pcd, picc)
    } catch (error) {
      const why = faultOf(error)
      if (why === undefined) throw error
      if (!hasCode(error, 'card.moved') || returns === MAX_RETURNS) {
        return { kind: 'refused', uid: toHex(picc.uid), why }
      }
      io.stderr('The card moved. Put the same card back: it goes on where it was.\n')
      desk.putBack()
    }
  }
}

/** What the card did wrong; undefined where it was not the card. */
function faultOf(error: unknown): string | undefined {
  // Nobody put it back: that ends the run.
  if (hasCode(error, 'card.none')) return undefined
  if (error instanceof PersonhoodError && (hasCode(error, 'card') || hasCode(error, 'bytes'))) {
    return error.message
  }
  return undefined
}

function lineOf(outcome: CardOutcome): string {
  const { uid, kind } = outcome
  return kind === 'refused' ? `${uid} refused: ${outcome.why}\n` : `${uid} ${kind}\n`
}

function summaryOf(
  outcomes: readonly CardOutcome[],
  { unfinished }: Preparation,
  batch: BatchFile,
): string {
  const number = (kind: CardOutcome['kind']): number =>
    outcomes.filter((outcome) => outcome.kind === kind).length
  const listed = number('listed') === 0 ? '' : `, ${number('listed')} put back on the list`
  const lines = [`${number('prepared')} prepared${listed}, ${number('refused')} refused.`]
  for (const uid of unfinished) {
    lines.push(
      `${uid} is half prepared: run the same command with the same --keys and put it on again; it goes on where it was, or is whole and refused as prepared already.`,
    )
  }
  if (batch.cards > 0) {
    lines.push(
      `${batch.path} holds key 1 of ${batch.cards} cards: it goes to the kiosk that hands them out ([card] keys_file), and to no other.`,
    )
  }
  return `${lines.join('\n')}\n`
}

/** `cards.toml` has its kiosk's file in `cards-kiosk.toml`. */
function besides(keys: string): string {
  return keys.endsWith('.toml') ? `${keys.slice(0, -5)}-kiosk.toml` : `${keys}-kiosk.toml`
}
