import type { CborMap, CborValue } from '../../protocol/cbor.ts'
import { asBytes, asMap, Ctap, type KeyInfo, Status } from './ctap2.ts'
import type { FidoLink } from './hid-link.ts'
import { transact } from './transact.ts'

/** Of a message without its list: party, challenge, proof, a question for a secret. */
const OTHER_BYTES = 512
/** Of a listed credential beside its identifier. */
const DESCRIPTOR_BYTES = 32
/** An assertion without a touch proves nothing, so its challenge is nobody's. */
const NO_CHALLENGE = new Uint8Array(32)

/**
 * The credentials to name: all, where the key takes so many at once; else the one that it says it
 * holds, asked without a touch, or none.
 */
export async function findHeld(
  link: FidoLink,
  info: KeyInfo,
  ids: readonly Uint8Array[],
  { rpId, signal }: { readonly rpId: string; readonly signal?: AbortSignal | undefined },
): Promise<readonly Uint8Array[]> {
  const lists = fittingLists(info, ids)
  if (lists.length <= 1) return ids
  for (const list of lists) {
    const question = new Map<number, CborValue>([
      [1, rpId],
      [2, NO_CHALLENGE],
      [3, list.map(descriptor)],
      [5, new Map([['up', false]])],
    ])
    const answer = await transact(link, Ctap.getAssertion, question, { signal })
    if (answer.status !== Status.ok) continue
    const named = answer.fields.get(1)
    return named === undefined ? list : [asBytes(asMap(named, 'a credential').get('id'), 'its id')]
  }
  return []
}

/** The credentials in lists that the key takes, in their order. */
export function fittingLists(
  { maxMessageBytes, maxListed }: KeyInfo,
  ids: readonly Uint8Array[],
): readonly (readonly Uint8Array[])[] {
  const room = maxMessageBytes - OTHER_BYTES
  const lists: Uint8Array[][] = []
  let left = 0
  for (const id of ids) {
    const size = id.length + DESCRIPTOR_BYTES
    const last = lists.at(-1)
    if (last === undefined || last.length === maxListed || size > left) {
      lists.push([id])
      left = room - size
    } else {
      last.push(id)
      left -= size
    }
  }
  return lists
}

/** A credential as it is listed (WebAuthn §5.8.3). */
export function descriptor(id: Uint8Array): CborMap {
  return new Map<string, CborValue>([
    ['id', id],
    ['type', 'public-key'],
  ])
}
