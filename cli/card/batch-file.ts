import {
  formatCardKeys,
  MAX_BATCH_CARDS,
  MAX_KEY_FILE_BYTES,
  readCardKeys,
} from '../../firmware/card/card-keys-file.ts'
import { equalBytes, fromText, toHex } from '../../protocol/bytes.ts'
import { cardKey, KeySlot, type VersionedKey } from '../../protocol/card/card-keys.ts'
import type { CardBatch, KeyringParts } from '../../protocol/card/keyring.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { writeFileAtomic } from '../../runtime/atomic-file.ts'
import { aes128 } from '../../runtime/crypto.ts'
import { kioskPartsOf, type Masters } from './masters-file.ts'

/** The keys file of a kiosk, filled card by card: key 1 of each, and no master of it. */
export type BatchFile = {
  readonly path: string
  readonly cards: number
  has(uid: Uint8Array): boolean
  /** Adds that card's key 1; durable when it resolves. Rejects with `config.card-keys` when it is full. */
  add(uid: Uint8Array): Promise<void>
}

const HEAD = `# Keys of a kiosk's cards, made by "personhood card prepare". It goes to that kiosk and nowhere else,
# mode 0600, named in its kiosk.toml: [card] keys_file. Who has it can rewrite the cards below and
# read what proves the district's others; it changes no keys and issues nothing.
`

/** Opens a kiosk's file to add to, or begins one that is not there; refuses one of other masters. */
export async function openBatchFile(path: string, from: Masters): Promise<BatchFile> {
  const fresh = kioskPartsOf(from)
  const found = await readIfThere(path)
  if (found !== undefined && !isOfThese(found, fresh)) {
    throw new PersonhoodError(
      'config.card-keys',
      `${path} is a kiosk's file of other masters or another policy: name another with --kiosk-keys`,
    )
  }
  const parts = found ?? fresh
  const master = from.masters[KeySlot.write]
  const others = parts.batches.filter(({ version }) => version !== master.version)
  const cards = new Map(
    parts.batches
      .filter(({ version }) => version === master.version)
      .flatMap((batch) => [...batch.cards]),
  )
  return {
    path,
    get cards() {
      return cards.size
    },
    has: (uid) => cards.has(toHex(uid)),
    async add(uid) {
      const name = toHex(uid)
      if (cards.has(name)) return
      if (cards.size === MAX_BATCH_CARDS) throw full(path)
      const more = new Map(cards).set(name, cardKey(aes128, master, uid, KeySlot.write))
      const batch: CardBatch = { version: master.version, cards: more }
      const bytes = fromText(HEAD + formatCardKeys({ ...parts, batches: [...others, batch] }))
      if (bytes.length > MAX_KEY_FILE_BYTES) throw full(path)
      await writeFileAtomic(path, bytes)
      cards.set(name, more.get(name) ?? new Uint8Array(0))
    },
  }
}

async function readIfThere(path: string): Promise<KeyringParts | undefined> {
  try {
    return await readCardKeys(path)
  } catch (error) {
    const cause = error instanceof PersonhoodError ? error.cause : undefined
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw error
  }
}

function isOfThese(found: KeyringParts, { policy, tap, identity }: KeyringParts): boolean {
  const [present] = tap
  const hasTap = present !== undefined && found.tap.some((key) => isSame(key, present))
  const isSameIdentity =
    identity === undefined || (found.identity !== undefined && isSame(found.identity, identity))
  return found.policy === policy && hasTap && isSameIdentity
}

function isSame(a: VersionedKey, b: VersionedKey): boolean {
  return a.version === b.version && equalBytes(a.key, b.key)
}

function full(path: string): PersonhoodError {
  return new PersonhoodError(
    'config.card-keys',
    `${path} is full (${MAX_BATCH_CARDS} cards of one version, ${MAX_KEY_FILE_BYTES} bytes): name another file, for another kiosk, with --kiosk-keys`,
  )
}
