import { writeCard } from '../../hardware/nfc/card.ts'
import type { Pcd, Picc } from '../../hardware/nfc/pn532.ts'
import { equalBytes, toHex } from '../../protocol/bytes.ts'
import type { CardTools } from '../../protocol/card/personhood-card.ts'
import {
  CREDENTIAL_ID_BYTES,
  type Credential,
  MAX_CREDENTIAL_BYTES,
  parseCredential,
} from '../../protocol/credential.ts'
import { hasCode } from '../../protocol/errors.ts'
import {
  bytes,
  decodeRecord,
  encodeRecord,
  field,
  record,
  type Schema,
} from '../../protocol/schema.ts'
import type { Store } from '../../runtime/store.ts'

/** A final credential, and the identifier of the provisional one whose place it takes. */
export type Upgrade = { readonly provisionalId: Uint8Array; readonly final: Uint8Array }

/** Cards on which a final credential is being put, so that a write cut short is finished by us. */
export type Upgrades = {
  /** What this card was being given. */
  find(uid: Uint8Array): Upgrade | undefined
  /**
   * Puts the final credential in the provisional one's place and clears the ticket. A card that
   * moved is finished when it lies there again; one that is not ours to write is left as it is.
   */
  write(card: CardOnReader, upgrade: Upgrade, signal: AbortSignal): Promise<UpgradeOutcome>
}

/** The card that is being answered, and what it is spoken to with. */
export type CardOnReader = {
  readonly pcd: Pcd
  readonly picc: Picc
  readonly uid: Uint8Array
  readonly tools: CardTools
}

/** How an upgrade went: read back, to be finished later, or nothing that this kiosk can write to. */
export type UpgradeOutcome = 'written' | 'moved' | 'impossible'

const TABLE = 'card-upgrade'
/** Refusals before the first byte. */
const UNTOUCHED = ['card.foreign', 'card.unsuitable', 'card.no-key'] as const

const upgradeSchema: Schema<Upgrade> = record<Upgrade>('card-upgrade', {
  provisionalId: field(1, bytes(CREDENTIAL_ID_BYTES)),
  final: field(2, bytes(1, MAX_CREDENTIAL_BYTES)),
})

/** Opens the upgrades under way of a store; `onDone` is told of each that is on its card. */
export async function openUpgrades(
  store: Store,
  onDone: (provisionalId: Uint8Array) => Promise<void>,
): Promise<Upgrades> {
  const underWay = new Map<string, Upgrade>()
  for (const { key, value } of await store.range(TABLE)) {
    underWay.set(key, decodeRecord(upgradeSchema, value))
  }
  async function begin(key: string, upgrade: Upgrade): Promise<void> {
    const known = underWay.get(key)
    if (known !== undefined && equalBytes(known.final, upgrade.final)) return
    const value = encodeRecord(upgradeSchema, upgrade)
    await store.commit({ writes: [{ table: TABLE, key, value }] })
    underWay.set(key, upgrade)
  }
  async function end(key: string): Promise<void> {
    await store.commit({ writes: [{ table: TABLE, key, value: undefined }] })
    underWay.delete(key)
  }
  return {
    find: (uid) => underWay.get(toHex(uid)),
    async write({ pcd, picc, uid, tools }, upgrade, signal) {
      const key = toHex(uid)
      // Durable before the first byte: a torn card is nobody's otherwise.
      await begin(key, upgrade)
      try {
        await writeCard(pcd, picc, tools, { file: { credential: upgrade.final } }, signal)
      } catch (error) {
        if (!hasCode(error, 'card') && !hasCode(error, 'bytes')) throw error
        const isUntouched = UNTOUCHED.some((code) => hasCode(error, code))
        if (isUntouched) await end(key)
        return isUntouched ? 'impossible' : 'moved'
      }
      await onDone(upgrade.provisionalId)
      await end(key)
      return 'written'
    },
  }
}

/**
 * True where `final` may take the place of `provisional` on its card: the same card binding and
 * status bits, and the same length, so that it is a patch in place. Neither is verified here.
 */
export function isSuccessor(final: Uint8Array, provisional: Uint8Array): boolean {
  const [after, before] = [read(final), read(provisional)]
  return (
    after !== undefined &&
    before !== undefined &&
    after.stage === 'final' &&
    before.stage === 'provisional' &&
    final.length === provisional.length &&
    after.status.list === before.status.list &&
    after.status.index === before.status.index &&
    equalBytes(after.cardBinding, before.cardBinding)
  )
}

/** What the bytes say, unverified, or `undefined` where they are no credential. */
export function read(received: Uint8Array): Credential | undefined {
  try {
    return parseCredential(received).credential
  } catch (error) {
    if (hasCode(error, 'bytes')) return undefined
    throw error
  }
}
