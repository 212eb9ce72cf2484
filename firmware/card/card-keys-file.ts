import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { fromHex, toHex } from '../../protocol/bytes.ts'
import type { VersionedKey } from '../../protocol/card/card-keys.ts'
import type { CardBatch, KeyringParts } from '../../protocol/card/keyring.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { parseConfig } from '../../runtime/config.ts'
import {
  integer,
  list,
  oneOf,
  optional,
  parsed,
  type Schema,
  table,
  text,
  withDefault,
} from '../../runtime/config-schema.ts'

/** Most cards of one batch; a kiosk is given no more than it hands out. */
export const MAX_BATCH_CARDS = 2000
/** Largest keys file that is read; it is checked before anything else. */
export const MAX_KEY_FILE_BYTES = 262_144
/** Anything but reading and writing by the owner. */
const FORBIDDEN_MODE = 0o177

/** Reads the keys of a kiosk's cards; refuses a file that others may read, and a link to one. */
export async function readCardKeys(path: string): Promise<KeyringParts> {
  return parseCardKeys(await readKeyText(path), path)
}

/** The text of a file with keys of cards; refuses one that others may read, and a link to one. */
export async function readKeyText(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((cause) => {
    throw new PersonhoodError('config.card-keys', `${path} cannot be read as a file of its own`, {
      cause,
    })
  })
  try {
    const { mode, size } = await file.stat()
    if ((mode & FORBIDDEN_MODE) !== 0) {
      const found = (mode & 0o777).toString(8)
      throw new PersonhoodError(
        'config.card-keys',
        `${path} has mode ${found}, so others can reach the keys of cards: run chmod 600 '${path}', and if others were on this machine have the keys replaced`,
      )
    }
    if (size > MAX_KEY_FILE_BYTES) {
      throw new PersonhoodError('config.card-keys', `${path} has ${size} bytes: no file of ours`)
    }
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** Reads the text of such a file; throws `config.invalid` with every problem, never with a key. */
export function parseCardKeys(toml: string, file: string): KeyringParts {
  return parseConfig(toml, cardKeysSchema, file)
}

/** The text that `parseCardKeys` reads as these keys. */
export function formatCardKeys({ policy, tap, identity, batches }: KeyringParts): string {
  const lines = [`policy = "${policy}"`]
  for (const key of tap) lines.push('', '[[tap]]', ...versionedLines(key))
  if (identity !== undefined) lines.push('', '[identity]', ...versionedLines(identity))
  for (const { version: batchVersion, cards } of batches) {
    lines.push('', '[[batch]]', `version = ${batchVersion}`)
    if (cards.size === 0) lines.push('card = []')
    for (const [uid, key] of cards) {
      lines.push('[[batch.card]]', `uid = "${uid}"`, `key = "${toHex(key)}"`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** The two lines of a key and its version. */
export function versionedLines({ version: number, key }: VersionedKey): readonly string[] {
  return [`version = ${number}`, `key = "${toHex(key)}"`]
}

function hex(lengthBytes: number): Schema<Uint8Array> {
  return parsed(text(2 * lengthBytes), (value) => {
    if (value.length === 2 * lengthBytes && /^[0-9a-fA-F]+$/.test(value)) return fromHex(value)
    throw invalid(`is not ${lengthBytes} bytes in hex`)
  })
}

const version = integer(1, 255)

/** A key with its version, as `versionedLines` writes it. */
export const versioned: Schema<VersionedKey> = table({ version, key: hex(16) })

const batch: Schema<CardBatch> = parsed(
  table({
    version,
    card: list(table({ uid: hex(7), key: hex(16) }), MAX_BATCH_CARDS),
  }),
  (one) => {
    const cards = new Map(one.card.map(({ uid, key }) => [toHex(uid), key]))
    if (cards.size !== one.card.length) throw invalid('names a card twice')
    return { version: one.version, cards }
  },
)

const cardKeysSchema: Schema<KeyringParts> = parsed(
  table({
    policy: oneOf('open', 'private'),
    tap: list(versioned, 16),
    identity: optional(versioned),
    batch: withDefault(list(batch, 64), []),
  }),
  ({ policy, tap, identity, batch: batches }) => {
    if (tap.length === 0) throw invalid('has no [[tap]]: without key 2 no card can prove itself')
    if (new Set(tap.map((key) => key.version)).size !== tap.length) {
      throw invalid('has two [[tap]] of one version')
    }
    if ((policy === 'private') !== (identity !== undefined)) {
      throw invalid('has [identity] where policy is "private", and only there')
    }
    return { policy, tap, batches, identity }
  },
)

function invalid(problem: string): PersonhoodError {
  return new PersonhoodError('config.value', problem)
}
