import type { CborMap } from '../../protocol/cbor.ts'
import { type CtapAnswer, decodeAnswer, encodeCommand } from './ctap2.ts'
import type { FidoLink } from './hid-link.ts'
import type { TransactionOptions } from './transaction.ts'

/** A command with its parameters, and the key's answer to it. */
export async function transact(
  link: FidoLink,
  command: number,
  parameters: CborMap,
  { onStatus, signal }: TransactionOptions,
): Promise<CtapAnswer> {
  return decodeAnswer(await link.cbor(encodeCommand(command, parameters), { onStatus, signal }))
}
