import { credentialSchema } from './credential.ts'
import { delegationSchema } from './delegation.ts'
import { envelopeSchema } from './envelope.ts'
import { cardSessionSchema } from './messages/card-session.ts'
import { chunkSchema, chunksWantedSchema } from './messages/chunk.ts'
import { dupAnswerSchema, dupCaseSchema, dupQuerySchema } from './messages/duplicate.ts'
import { enrolmentSchema } from './messages/enrolment.ts'
import { finalAnswerSchema, finalRequestSchema } from './messages/final.ts'
import { kioskPresenceSchema } from './messages/kiosk-presence.ts'
import { leaseRequestSchema, leaseSchema } from './messages/lease.ts'
import { receiptSchema } from './messages/receipt.ts'
import { commitmentSchema } from './messages/references.ts'
import { tapCountsSchema } from './messages/tap-counts.ts'
import type { Field, Kind, Schema } from './schema.ts'
import { statusListSchema } from './status-list.ts'
import { trustListSchema } from './trust-list.ts'

/** What is signed or sealed around the tables, and the rule with which all begins. */
const WRAPPINGS = `
protocol = credential / delegation / signed-trust-list / signed-status-list /
           signed-envelope / signed-commitment / message-body

credential = sign1<credential-claims>
delegation = sign1<delegation-claims>
signed-trust-list = [1*16 sign1<trust-list>]
signed-status-list = sign1<status-list-claims>
signed-commitment = sign1<capture-commitment>
signed-envelope = sign1<envelope>

; What an envelope's body holds, by its type. A sealed one is sealed<enrolment> and the like.
message-body = enrolment / receipt / final-request / final-answer / lease-request / lease /
               tap-counts / kiosk-presence / dup-query / dup-answer / dup-case / card-session /
               chunk / chunks-wanted /
               sealed<enrolment> / sealed<dup-query> / sealed<dup-case>

; COSE_Sign1 (RFC 9052 §4.2), ES256K. The external AAD is the context in protocol.md.
sign1<content> = #6.18([
  bstr .cbor sign1-header,
  {},
  bstr .cbor content,
  bstr .size 64, ; r, then s in its lower half
])

sign1-header = {
  1 => -47, ; alg: ES256K
  4 => kid,
  ? 16 => tstr, ; typ
}

; COSE_Encrypt (RFC 9052 §5.1): ECDH-ES + HKDF-256 over secp256k1, A256GCM.
sealed<content> = #6.96([
  bstr .cbor { 1 => 3 },
  { 5 => bstr .size 12 },
  bstr, ; the ciphertext of sign1<content>, and its 16-byte tag
  [[bstr .cbor { 1 => -25 }, { -1 => ephemeral-key, 4 => kid }, bstr .size 0]],
])

ephemeral-key = {
  1 => 2,
  -1 => 8,
  -2 => bstr .size 32,
  -3 => bool,
}

kid = bstr .size 8
`

const SCHEMAS: readonly Kind<unknown>[] = [
  credentialSchema,
  delegationSchema,
  trustListSchema,
  statusListSchema,
  commitmentSchema,
  envelopeSchema,
  enrolmentSchema,
  receiptSchema,
  finalRequestSchema,
  finalAnswerSchema,
  leaseRequestSchema,
  leaseSchema,
  tapCountsSchema,
  dupQuerySchema,
  dupAnswerSchema,
  dupCaseSchema,
  kioskPresenceSchema,
  cardSessionSchema,
  chunkSchema,
  chunksWantedSchema,
]

/** The whole protocol in CDDL (RFC 8610): the tables of its records, and how they are wrapped. */
export function protocolCddl(): string {
  const definitions = new Map<string, string>()
  for (const schema of SCHEMAS) collect(schema, definitions)
  return `${[WRAPPINGS.trim(), ...definitions.values()].join('\n\n')}\n`
}

function collect(kind: Kind<unknown>, definitions: Map<string, string>): void {
  const definition = isSchema(kind) ? membersOf(kind) : kind.definition
  if (definition !== undefined) definitions.set(kind.cddl, `${kind.cddl} = ${definition}`)
  for (const part of kind.parts ?? []) collect(part, definitions)
}

function membersOf({ fields }: Schema<unknown>): string {
  const members = Object.entries<Field<unknown>>(fields).map(
    ([member, { key, kind, isOptional }]) =>
      `  ${isOptional ? '? ' : ''}${key} => ${kind.cddl}, ; ${member}`,
  )
  return ['{', ...members, '}'].join('\n')
}

function isSchema(kind: Kind<unknown>): kind is Schema<unknown> {
  return 'fields' in kind
}
