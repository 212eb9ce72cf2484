import { readFile } from 'node:fs/promises'
import type { KeyRefusal } from '../../hardware/fido/refusal.ts'
import { type SecurityKey, userIdOf } from '../../hardware/fido/security-key.ts'
import type { KeepaliveStatus } from '../../hardware/fido/transaction.ts'
import { equalBytes, fromText } from '../../protocol/bytes.ts'
import {
  actionHash,
  OPERATOR_RP_ID,
  type OperatorAction,
  type OperatorAssertion,
  type OperatorKey,
  type OperatorVerdict,
  operatorKeyOf,
  verifyAssertion,
  verifyTwoOperators,
} from '../../protocol/operator-key.ts'
import { writeFileAtomic } from '../../runtime/atomic-file.ts'
import { systemCode } from '../../runtime/system-code.ts'
import { formatOperators, parseOperators } from './operators-file.ts'

/** How a key is asked. */
export type Asking = {
  readonly pin?: string | undefined
  /** `touch` is the moment to ask the operator for it. */
  readonly onStatus?: ((status: KeepaliveStatus) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** What came of asking a key: an operator, or why not, with what can be mended. */
export type OperatorResult = OperatorVerdict | KeyRefusal

/** The operators of a station, by their security keys. */
export type Operators = {
  readonly keys: readonly OperatorKey[]
  /** Makes a credential for an operator on the key and keeps it. */
  enrol(key: SecurityKey, operator: string, asking?: Asking): Promise<OperatorResult>
  /** Who holds the key, proved by touch and by PIN or the key's own look, for this action. */
  prove(key: SecurityKey, action: OperatorAction, asking?: Asking): Promise<OperatorResult>
  /** The key's signature of the action; `approve` takes two of them. */
  ask(
    key: SecurityKey,
    action: OperatorAction,
    asking?: Asking,
  ): Promise<OperatorAssertion | KeyRefusal>
  /** Whether two operators have approved the action; their keys may use one socket in turn. */
  approve(
    action: OperatorAction,
    assertions: readonly [OperatorAssertion, OperatorAssertion],
  ): Promise<
    | { readonly outcome: 'proved'; readonly keys: readonly [OperatorKey, OperatorKey] }
    | (OperatorVerdict & { readonly outcome: 'refused' })
  >
  /** Takes an operator's keys away; false where there were none. */
  remove(operator: string): Promise<boolean>
}

/** Where the keys are kept, and what is random. */
export type OperatorsOptions = {
  readonly path: string
  readonly random: (lengthBytes: number) => Uint8Array
}

/** Reads the keys of a station; a file that is not there yet has none. Throws `config.invalid`. */
export async function openOperators({ path, random }: OperatorsOptions): Promise<Operators> {
  let keys = parseOperators(await textOf(path), path)
  // One change at a time: two logins at once must not write over each other's counter.
  let tail: Promise<unknown> = Promise.resolve()
  const change = <T>(act: () => Promise<T>): Promise<T> => {
    const turn = tail.then(act)
    tail = turn.catch(() => undefined)
    return turn
  }
  const keep = async (next: readonly OperatorKey[]): Promise<void> => {
    await writeFileAtomic(path, fromText(formatOperators(next)))
    keys = next
  }
  const counted = (used: readonly OperatorKey[]): readonly OperatorKey[] =>
    keys.map((key) => used.find((one) => isSame(one, key)) ?? key)
  const ask: Operators['ask'] = async (key, action, asking = {}) => {
    if (keys.length === 0) return { outcome: 'refused', reason: 'not-enrolled' }
    const answer = await key.assert({
      ...asking,
      rpId: OPERATOR_RP_ID,
      challenge: actionHash(action),
      allow: keys.map(({ credentialId }) => credentialId),
    })
    if (answer.outcome === 'refused') return answer
    const { credentialId, authenticatorData, signature } = answer
    return { credentialId, authenticatorData, signature }
  }
  return {
    get keys() {
      return keys
    },
    ask,
    enrol: (key, operator, asking = {}) =>
      change(async () => {
        // Who finds a key that only wants a touch would be its operator.
        if (key.verification === 'none') return { outcome: 'refused', reason: 'pin-not-set' }
        const answer = await key.enrol({
          ...asking,
          rpId: OPERATOR_RP_ID,
          challenge: random(32),
          userId: userIdOf(operator),
          userName: operator,
          exclude: keys.map(({ credentialId }) => credentialId),
        })
        if (answer.outcome === 'refused') return answer
        const verdict = operatorKeyOf(operator, answer.authenticatorData)
        if (verdict.outcome === 'proved') await keep([...keys, verdict.key])
        return verdict
      }),
    prove: (key, action, asking) =>
      change(async () => {
        const assertion = await ask(key, action, asking)
        if ('outcome' in assertion) return assertion
        const verdict = verifyAssertion(keys, action, assertion, true)
        if (verdict.outcome === 'proved') await keep(counted([verdict.key]))
        return verdict
      }),
    approve: (action, assertions) =>
      change(async () => {
        const both = verifyTwoOperators(keys, action, assertions)
        if ('outcome' in both) return both
        await keep(counted(both))
        return { outcome: 'proved', keys: both }
      }),
    remove: (operator) =>
      change(async () => {
        const left = keys.filter((key) => key.operator !== operator)
        if (left.length === keys.length) return false
        await keep(left)
        return true
      }),
  }
}

function isSame(a: OperatorKey, b: OperatorKey): boolean {
  return equalBytes(a.credentialId, b.credentialId)
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return ''
    throw error
  }
}
