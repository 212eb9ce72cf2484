import fc from 'fast-check'
import t from 'tap'
import { BiometricBytes } from '../../../protocol/biometric.ts'
import {
  type BiometricReference,
  irisReference,
  packBiometricReference,
} from '../../../protocol/biometric-reference.ts'
import { type CborValue, encodeCbor } from '../../../protocol/cbor.ts'
import { signSign1 } from '../../../protocol/cose-sign1.ts'
import {
  biometricReference,
  commitCapture,
  committedBy,
  hashReferences,
} from '../../../protocol/messages/references.ts'
import { decodeRecord, encodeRecord } from '../../../protocol/schema.ts'
import { DAY_S } from '../../../protocol/time.ts'
import { randomBytes, verifySecp256k1 } from '../../../runtime/crypto.ts'
import { ALDER_KIOSK, DEMO_NOW, demoSigner, demoTrust } from '../../kit/demo-trust.ts'
import { randomTemplate } from '../../kit/iris-codes.ts'
import { acceptedCuts, acceptedFlips, feedNoise } from '../../kit/parsers.ts'

const EYES = [
  irisReference('left', randomTemplate(1), 80),
  irisReference('right', randomTemplate(2), 70),
]
const SIGNER = demoSigner(ALDER_KIOSK, 'provisional')
const TRUST = demoTrust()
const COMMITMENT = commitCapture(EYES, DEMO_NOW, SIGNER)

const stationOf = (commitment: Uint8Array, references: readonly BiometricReference[] = EYES) =>
  committedBy(commitment, references, TRUST, verifySecp256k1)?.station

t.test('a reference travels and comes back the same', async (t) => {
  const [left] = EYES
  if (left === undefined) throw new Error('no eye')
  const bytes = encodeRecord(biometricReference, left)
  const back = decodeRecord(biometricReference, bytes)
  t.same(packBiometricReference(back), packBiometricReference(left))
  t.same(
    acceptedCuts(bytes.slice(0, 40), (cut) => decodeRecord(biometricReference, cut)),
    [],
  )
  feedNoise((noise) => decodeRecord(biometricReference, noise))
})

t.test('a reference that is none is refused with its reason', async (t) => {
  const wrong: readonly CborValue[] = [
    null,
    [],
    ['ear', 'left', 'iris-code', 1, 50, new Uint8Array(1)],
  ]
  for (const value of wrong) {
    t.throws(() => decodeRecord(biometricReference, encodeCbor(value)), { code: 'bytes.schema' })
  }
})

t.test('a commitment names the kiosk that captured exactly these references', async (t) => {
  t.equal(stationOf(COMMITMENT), ALDER_KIOSK)
  t.equal(stationOf(COMMITMENT, EYES.slice(1)), undefined, 'one eye less')
  t.equal(stationOf(COMMITMENT, [...EYES].reverse()), undefined, 'in another order')
  const [left] = EYES
  if (left === undefined) throw new Error('no eye')
  const worse = [{ ...left, quality: 81 }, ...EYES.slice(1)]
  t.equal(stationOf(COMMITMENT, worse), undefined, 'of another quality')
  const data = left.bytes.reveal()
  data[40] = (data[40] ?? 0) ^ 1
  const touched = [{ ...left, bytes: new BiometricBytes(data) }, ...EYES.slice(1)]
  t.equal(stationOf(COMMITMENT, touched), undefined, 'one bit of iris')
})

t.test('a commitment by whoever is no enrolling kiosk is none', async (t) => {
  const by = (signer: typeof SIGNER) => stationOf(commitCapture(EYES, DEMO_NOW, signer))
  t.equal(by(demoSigner(ALDER_KIOSK, 'relay')), undefined)
  t.equal(by(demoSigner('demo.stranger/k1', 'provisional')), undefined)
  t.equal(by({ ...demoSigner('demo.stranger/k1', 'provisional'), kid: SIGNER.kid }), undefined)
  const claims = new Map<number, CborValue>([
    [1, hashReferences(EYES)],
    [2, DEMO_NOW],
  ])
  t.equal(stationOf(signSign1(SIGNER, encodeCbor(claims), 'pop-capture-1')), ALDER_KIOSK)
  t.equal(stationOf(signSign1(SIGNER, encodeCbor(claims), 'credential')), undefined)
})

t.test('a commitment outside the delegation of its key is none', async (t) => {
  const at = (captured: number) => stationOf(commitCapture(EYES, captured, SIGNER))
  t.equal(at(DEMO_NOW - DAY_S), ALDER_KIOSK)
  t.equal(at(DEMO_NOW - 2 * DAY_S), undefined)
  t.equal(at(DEMO_NOW + 91 * DAY_S), undefined)
})

t.test('no byte may be missing, no bit may change, and noise commits nothing', async (t) => {
  t.same(acceptedCuts(COMMITMENT, stationOf), [])
  t.same(acceptedFlips(COMMITMENT, stationOf), [])
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => stationOf(noise) === undefined),
  )
  t.equal(stationOf(randomBytes(COMMITMENT.length)), undefined)
})
