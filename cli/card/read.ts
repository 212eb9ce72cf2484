import { resolve } from 'node:path'
import { parseCardKeys, readKeyText } from '../../firmware/card/card-keys-file.ts'
import { readCard } from '../../hardware/nfc/card.ts'
import { type CardSession, runScript } from '../../hardware/nfc/card-runner.ts'
import { toHex } from '../../protocol/bytes.ts'
import { KeySlot } from '../../protocol/card/card-keys.ts'
import { type CardStanding, examineCard, readVersions } from '../../protocol/card/examination.ts'
import { type CardKeyring, createKeyring, FACTORY_VERSION } from '../../protocol/card/keyring.ts'
import { type CardScript, selectNdefApplication } from '../../protocol/card/ntag424.ts'
import type { CardReading } from '../../protocol/card/personhood-card.ts'
import { parseCredential } from '../../protocol/credential.ts'
import { hasCode } from '../../protocol/errors.ts'
import { aes128, randomBytes, verifySecp256k1 } from '../../runtime/crypto.ts'
import { Exit, type Io } from '../io.ts'
import { parseUsage, usageError } from '../usage.ts'
import { awaitCard, type CardMachine } from './desk.ts'
import { isMastersText, kioskPartsOf, type Masters, parseMasters } from './masters-file.ts'

const ISO_14443_4 = 0x20
const CRYPTO = { aes: aes128, random: randomBytes }

/** `personhood card read`: what one card holds and proves; no key, no binding secret, no ticket number. */
export async function readOneCard(
  args: readonly string[],
  machine: CardMachine,
  io: Io,
): Promise<number> {
  const { values, positionals } = parseUsage(args, {
    reader: { type: 'string' },
    keys: { type: 'string' },
    json: { type: 'boolean' },
  })
  if (positionals.length > 0) throw usageError('card read --reader PORT [--keys FILE]')
  const { reader, keys } = values
  if (reader === undefined) throw usageError('which reader? give --reader PORT, or simulator:FILE')
  const found = await readKeys(keys && resolve(io.cwd, keys))
  const desk = await machine.open(reader, io, reader === 'simulator' ? 1 : 0)
  try {
    io.stderr('Put the card on the reader.\n')
    desk.layNext()
    const picc = await awaitCard(desk, machine, io)
    const tools = { ...CRYPTO, verify: verifySecp256k1, keyring: found.keyring }
    const reading = await readCard(desk.pcd, picc, tools, io.signal)
    const card = { pcd: desk.pcd, picc, signal: io.signal }
    const shown = await keysOf(card, reading, found)
    const row = { ...rowOf(reading, found.keyring !== undefined), keys: shown }
    io.stdout(values.json === true ? `${JSON.stringify(row)}\n` : linesOf(row))
    return reading.isUnproven || reading.contents.kind === 'foreign' ? Exit.no : Exit.ok
  } finally {
    await desk.pcd.close().catch(() => undefined)
  }
}

type Keys = { readonly keyring?: CardKeyring; readonly masters?: Masters }

/** A kiosk's keys and a district's masters both tell of a card that is read. */
async function readKeys(path: string | undefined): Promise<Keys> {
  if (path === undefined) return {}
  const toml = await readKeyText(path)
  if (!isMastersText(toml)) return { keyring: createKeyring(aes128, parseCardKeys(toml, path)) }
  const masters = parseMasters(toml, path)
  return { keyring: createKeyring(aes128, kioskPartsOf(masters)), masters }
}

/** How its keys stand to the file: what they show takes no key, the masters have them proved. */
async function keysOf(
  card: CardSession,
  { uid, isUnproven }: CardReading,
  { keyring, masters }: Keys,
): Promise<string> {
  if ((card.picc.sak & ISO_14443_4) === 0) return 'none'
  if (masters !== undefined) {
    // It counts each wrong try: once is enough.
    if (isUnproven) return STANDINGS.foreign
    const standing = await runScript(card, () => examineCard(CRYPTO, masters, card.picc.uid))
    return STANDINGS[standing.kind]
  }
  const versions = await runScript(card, shownVersions)
  if (versions.length === 0 || versions.includes(-1)) return 'none of ours'
  if (versions.every((version) => version === FACTORY_VERSION)) return 'factory'
  const shown = `versions ${versions.join(' ')}`
  if (keyring === undefined) return shown
  const isInBatch = keyring.writeKey(versions[KeySlot.write] ?? FACTORY_VERSION, uid) !== undefined
  return `${shown}, ${isInBatch ? '' : 'not '}in this kiosk's batches`
}

const STANDINGS: Readonly<Record<CardStanding['kind'], string>> = {
  factory: 'factory',
  begun: 'half prepared by these masters',
  prepared: 'of these masters',
  foreign: 'of other masters, or another policy',
  unsuitable: 'none of ours',
}

function* shownVersions(): CardScript<readonly number[]> {
  return (yield* selectNdefApplication()) ? yield* readVersions() : []
}

function rowOf(reading: CardReading, hasKeys: boolean): Readonly<Record<string, unknown>> {
  const { uid, contents, isUnfinished } = reading
  const base = { uid: toHex(uid), kind: contents.kind, proof: proofOf(reading, hasKeys) }
  if (contents.kind !== 'personhood') return { ...base, unfinished: isUnfinished }
  const { ticket } = contents
  return {
    ...base,
    unfinished: isUnfinished,
    ...credentialOf(contents.credential),
    ticket: ticket === undefined ? 'none' : `until ${isoTime(ticket.deadline)}`,
    address: contents.uri,
  }
}

function proofOf({ proof, isUnproven }: CardReading, hasKeys: boolean): string {
  if (proof.kind === 'authenticated') return 'card'
  if (isUnproven) return 'failed'
  return hasKeys ? 'none' : 'not asked'
}

function credentialOf(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const { credential, message } = parseCredential(bytes)
    const { stage, assurance, issued, expires } = credential
    const times = { issued: isoTime(issued), expires: isoTime(expires) }
    return { stage, assurance, ...times, issuer_key: message.kid }
  } catch (error) {
    if (!hasCode(error, 'bytes')) throw error
    return { stage: 'unreadable' }
  }
}

function isoTime(unix: number): string {
  return new Date(unix * 1000).toISOString().replace('.000', '')
}

function linesOf(row: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(row).filter(([, value]) => value !== undefined)
  return entries.map(([name, value]) => `${name.padEnd(11)} ${value}\n`).join('')
}
