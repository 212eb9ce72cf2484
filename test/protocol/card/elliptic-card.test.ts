import t from 'tap'
import { createEllipticCard } from '../../../hardware/nfc/elliptic-card-simulator.ts'
import { converse, type VirtualCard } from '../../../hardware/nfc/virtual-card.ts'
import { fromHex, toHex } from '../../../protocol/bytes.ts'
import {
  decodeCertificate,
  ELLIPTIC_APPLICATION,
  ellipticBindingSecret,
  encodeCertificate,
  proveKey,
  readCertificate,
  readEllipticCard,
} from '../../../protocol/card/elliptic-card.ts'
import { encodeCardFile } from '../../../protocol/card/layout.ts'
import { cardBindingOf } from '../../../protocol/credential.ts'
import { publicKeyOf } from '../../../protocol/secp256k1.ts'
import { randomBytes, verifySecp256k1 } from '../../../runtime/crypto.ts'
import { judged } from '../../kit/bound-files.ts'
import { demoCredentialBytes } from '../../kit/demo-trust.ts'
import { acceptedCuts, feedNoise } from '../../kit/parsers.ts'

const UID = fromHex('04112233445566')
const KEY = new Uint8Array(32).fill(7)
const PUBLIC_KEY = publicKeyOf(KEY)
const TOOLS = { random: randomBytes, verify: verifySecp256k1 }
const ORDER = 0xffffffff_ffffffff_ffffffff_fffffffe_baaedce6_af48a03b_bfd25e8c_d0364141n

function credentialFor(publicKey: Uint8Array): Uint8Array {
  return demoCredentialBytes({ cardBinding: cardBindingOf(UID, ellipticBindingSecret(publicKey)) })
}

function cardWith(credential: Uint8Array, privateKey = KEY): VirtualCard {
  const ndefFile = encodeCardFile({ credential })
  return createEllipticCard({ uid: UID, privateKey, ndefFile, attestation: fromHex('c0ffee') })
}

/** The card, but its answers to these instructions changed. */
function changed(card: VirtualCard, ins: number, change: (answer: Uint8Array) => Uint8Array) {
  return {
    exchange: (command: Uint8Array) => {
      const answer = card.exchange(command)
      return answer && command[1] === ins ? change(answer) : answer
    },
  }
}

t.test('a card with a key of its own proves itself to a kiosk that has none', async (t) => {
  const card = cardWith(credentialFor(PUBLIC_KEY))
  const { contents, proof } = converse(card, readEllipticCard(TOOLS, UID))
  if (contents.kind !== 'personhood') throw new Error('the card is ours')
  t.match(judged(contents.credential, proof), { outcome: 'go', proof: 'card' })
  const certificate = converse(card, readCertificate())
  t.equal(toHex(certificate?.publicKey ?? UID), toHex(PUBLIC_KEY))
  t.equal(toHex(certificate?.attestation ?? UID), 'c0ffee')
})

t.test('its credential on a card with another key stops there', async (t) => {
  const copy = cardWith(credentialFor(PUBLIC_KEY), new Uint8Array(32).fill(8))
  const { contents, proof } = converse(copy, readEllipticCard(TOOLS, UID))
  if (contents.kind !== 'personhood') throw new Error('it is read')
  t.match(judged(contents.credential, proof), { outcome: 'stop', reason: 'another-card' })
})

t.test('a certificate without its key proves nothing', async (t) => {
  const card = cardWith(credentialFor(PUBLIC_KEY))
  for (const change of [
    (answer: Uint8Array) => answer.with(40, (answer[40] ?? 0) ^ 1),
    (answer: Uint8Array) => answer.slice(1),
    () => fromHex('6985'),
    (answer: Uint8Array) => answer.fill(0, 0, 64),
  ]) {
    card.reset()
    const reading = converse(changed(card, 0x88, change), readEllipticCard(TOOLS, UID))
    t.match(reading, {
      proof: { kind: 'none' },
      isUnproven: true,
      contents: { kind: 'personhood' },
    })
  }
  card.reset()
  const other = converse(
    changed(card, 0xb0, (a) => (a.length > 150 ? a : fromHex('6a82'))),
    readEllipticCard(TOOLS, UID),
  )
  t.match(other, { proof: { kind: 'none' }, isUnproven: false })
})

t.test('a card that makes s as it comes is understood', async (t) => {
  const card = cardWith(credentialFor(PUBLIC_KEY))
  const high = changed(card, 0x88, (answer) => {
    const s = answer.slice(32, 64).reduce((value, byte) => value * 256n + BigInt(byte), 0n)
    const hex = (ORDER - s).toString(16).padStart(64, '0')
    const out = answer.slice()
    out.set(fromHex(hex), 32)
    return out
  })
  const certificate = converse(card, readCertificate())
  if (certificate === undefined) throw new Error('a certificate is there')
  t.ok(converse(high, proveKey(TOOLS, UID, certificate)))
  t.ok(converse(card, proveKey(TOOLS, UID, certificate)))
})

t.test('a challenge is never the same, so an answer that was seen serves nobody', async (t) => {
  const card = cardWith(credentialFor(PUBLIC_KEY))
  const certificate = converse(card, readCertificate())
  if (certificate === undefined) throw new Error('a certificate is there')
  let seen: Uint8Array | undefined
  const recording = changed(card, 0x88, (answer) => {
    seen = answer
    return answer
  })
  t.ok(converse(recording, proveKey(TOOLS, UID, certificate)))
  t.notOk(converse({ exchange: () => seen }, proveKey(TOOLS, UID, certificate)))
  t.notOk(
    converse(card, proveKey(TOOLS, fromHex('04000000000000'), certificate)),
    'nor another UID',
  )
})

t.test('a card without our file, or without the application, is read as it is', async (t) => {
  const none = { exchange: () => fromHex('6a82') }
  t.match(converse(none, readEllipticCard(TOOLS, UID)), { contents: { kind: 'foreign' } })
  const card = cardWith(credentialFor(PUBLIC_KEY))
  const plain = {
    exchange: (command: Uint8Array) =>
      toHex(command).includes(toHex(ELLIPTIC_APPLICATION))
        ? fromHex('6a82')
        : card.exchange(command),
  }
  t.match(converse(plain, readEllipticCard(TOOLS, UID)), {
    contents: { kind: 'personhood' },
    proof: { kind: 'none' },
  })
})

t.test('a certificate that is cut, too long or without a key is none', async (t) => {
  const bytes = encodeCertificate({ publicKey: PUBLIC_KEY, attestation: new Uint8Array(200) })
  t.equal(decodeCertificate(bytes)?.attestation.length, 200)
  t.same(acceptedCuts(bytes, decodeCertificate), [])
  const long = encodeCertificate({ publicKey: PUBLIC_KEY, attestation: new Uint8Array(201) })
  t.equal(decodeCertificate(long), undefined)
  t.equal(decodeCertificate(bytes.with(2, 4)), undefined)
  feedNoise(decodeCertificate)
})
