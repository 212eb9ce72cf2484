import t from 'tap'
import { fromHex, toHex } from '../../protocol/bytes.ts'
import { kidOf } from '../../protocol/cose-key.ts'
import { verifySign1 } from '../../protocol/cose-sign1.ts'
import { parseCredential } from '../../protocol/credential.ts'
import { parseDistrictPath } from '../../protocol/district.ts'
import { openSealed, sealedFor } from '../../protocol/seal.ts'
import { publicKeyOf, verifyMessage } from '../../protocol/secp256k1.ts'
import { parseStatusList, readStatus, STATUSES } from '../../protocol/status-list.ts'
import type { Trust } from '../../protocol/trust-list.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import { nodeAead } from '../../runtime/messenger.ts'
import { demoTrust, nodeZlib } from '../kit/demo-trust.ts'
import { isRefused } from '../kit/parsers.ts'
import { readVectors } from '../kit/vectors.ts'

type GoldenKey = { readonly privateKey: string; readonly publicKey: string; readonly kid: string }
type Golden = {
  readonly issuer: GoldenKey
  readonly recipient: GoldenKey
  readonly credentials: { readonly [name: string]: string }
  readonly refused: { readonly [name: string]: string }
  readonly statusList: {
    readonly bytes: string
    readonly statuses: readonly (readonly [index: number, status: number])[]
  }
  readonly sealed: readonly {
    readonly bytes: string
    readonly aad: string
    readonly plaintext: string
  }[]
}

const GOLDEN = readVectors<Golden>('golden.json')
const ISSUER = fromHex(GOLDEN.issuer.publicKey)

function open(hex: string) {
  const { credential, message } = parseCredential(fromHex(hex))
  const isGood = [verifyMessage, verifySecp256k1].every((verify) =>
    verifySign1(message, ISSUER, 'credential', verify),
  )
  return isGood ? credential : undefined
}

t.test('keys have the identifiers that another tool gives them', async (t) => {
  for (const { privateKey, publicKey, kid } of [GOLDEN.issuer, GOLDEN.recipient]) {
    t.equal(toHex(publicKeyOf(fromHex(privateKey))), publicKey)
    t.equal(kidOf(fromHex(publicKey)), kid)
  }
})

t.test('credentials that another tool made are read and verified', async (t) => {
  const { final, provisional, withAttributes } = GOLDEN.credentials
  t.match(open(final ?? ''), {
    expires: 1_900_000_000,
    issued: 1_800_000_000,
    id: fromHex('0011223344556677'),
    assurance: 5,
    cardBinding: fromHex('000102030405060708090a0b0c0d0e0f'),
    status: { list: 1, index: 4711 },
    stage: 'final',
  })
  t.match(open(provisional ?? ''), {
    stage: 'provisional',
    status: { list: 0xff_ff_ff_ff, index: 65_535 },
  })
  t.match(open(withAttributes ?? ''), { attributeRoot: new Uint8Array(32) })
})

t.test('what another tool made against the rules is refused', async (t) => {
  t.same(Object.keys(GOLDEN.refused).sort(), ['anotherContext', 'highS', 'unknownClaim'])
  for (const [name, hex] of Object.entries(GOLDEN.refused))
    t.ok(
      isRefused(() => open(hex)),
      name,
    )
})

t.test('a status list that another tool made says what it put in', async (t) => {
  const district = parseDistrictPath('demo.east.lime.alder')
  const trust = demoTrust()
  const [key] = trust.keys
  if (key === undefined) throw new Error('no key')
  const issuer = { ...key, kid: kidOf(ISSUER), publicKey: ISSUER, use: 'final', station: district }
  const known: Trust = { ...trust, keys: [issuer as typeof key] }
  const { bytes, statuses } = GOLDEN.statusList
  const list = parseStatusList(fromHex(bytes), known, verifyMessage, nodeZlib)
  t.match(list, { district, list: 7, issued: 1_800_000_000, ttlS: 86_400 })
  const expected = new Map(statuses)
  const wrong = Array.from({ length: 65_536 }, (_, i) => i).filter(
    (i) => readStatus(list.bits, i) !== STATUSES[expected.get(i) ?? 0],
  )
  t.same(wrong, [])
})

t.test('bodies that another tool sealed are opened, with either sign of its key', async (t) => {
  t.equal(GOLDEN.sealed.length, 2)
  for (const { bytes, aad, plaintext } of GOLDEN.sealed) {
    const privateKey = fromHex(GOLDEN.recipient.privateKey)
    const opened = openSealed(privateKey, fromHex(bytes), fromHex(aad), nodeAead)
    t.equal(opened && toHex(opened), plaintext)
    t.equal(sealedFor(fromHex(bytes)), GOLDEN.recipient.kid)
  }
})
