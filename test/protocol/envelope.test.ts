import t from 'tap'
import { fromText } from '../../protocol/bytes.ts'
import { kidBytesOf } from '../../protocol/cose-key.ts'
import { signSign1 } from '../../protocol/cose-sign1.ts'
import {
  ENVELOPE_VERSION,
  type Envelope,
  type EnvelopeFault,
  envelopeSchema,
  type OpenedEnvelope,
  openBody,
  openEnvelope,
  type SealBinding,
  sealBody,
  signEnvelope,
} from '../../protocol/envelope.ts'
import { encodeRecord } from '../../protocol/schema.ts'
import { verifyMessage } from '../../protocol/secp256k1.ts'
import { DAY_S } from '../../protocol/time.ts'
import { randomBytes, verifySecp256k1 } from '../../runtime/crypto.ts'
import { nodeAead } from '../../runtime/messenger.ts'
import {
  ALDER,
  ALDER_KIOSK,
  BIRCH,
  DEMO_NOW,
  demoKey,
  demoPublicKey,
  demoSigner,
  demoTrust,
  demoTrustBody,
} from '../kit/demo-trust.ts'
import { acceptedCuts, acceptedFlips, feedNoise } from '../kit/parsers.ts'

const TRUST = demoTrust()
const SIGNER = demoSigner(ALDER_KIOSK, 'relay')
const CORRELATION = new Uint8Array(16).fill(0xc0)
const ENVELOPE: Envelope = {
  version: ENVELOPE_VERSION,
  type: 'enrolment',
  sequence: 3,
  epoch: 2,
  issued: DEMO_NOW,
  ttlS: DAY_S,
  to: ALDER,
  correlation: CORRELATION,
  body: fromText('body'),
}

type Circumstances = {
  readonly self?: string
  readonly unix?: number
  readonly uncertaintyS?: number
  readonly trust?: typeof TRUST
}

function open(received: Uint8Array, given: Circumstances = {}) {
  const { self = ALDER, unix = DEMO_NOW, uncertaintyS = 0, trust = TRUST } = given
  return openEnvelope(
    received,
    self,
    trust,
    { unix, uncertaintyS, source: 'test' },
    verifySecp256k1,
  )
}

function faultOf(
  changes: Partial<Envelope>,
  given: Circumstances = {},
  signer = SIGNER,
): EnvelopeFault | undefined {
  const opened = open(signEnvelope({ ...ENVELOPE, ...changes }, signer), given)
  return 'fault' in opened ? opened.fault : undefined
}

function opened(
  body: Uint8Array,
  changes: Partial<Envelope> = {},
  signer = SIGNER,
): OpenedEnvelope {
  const result = open(signEnvelope({ ...ENVELOPE, ...changes, body }, signer))
  if ('fault' in result) throw new Error(result.fault)
  return result
}

t.test('an envelope opens for its addressee, who learns who sent it', async (t) => {
  const result = open(signEnvelope(ENVELOPE, SIGNER))
  t.match(result, ENVELOPE)
  t.match(result, { sender: { station: ALDER_KIOSK, use: 'relay' } })
  const bare = { ...ENVELOPE, correlation: undefined, body: new Uint8Array() }
  t.match(open(signEnvelope(bare, SIGNER)), { body: new Uint8Array() })
})

t.test('each fault is told apart', async (t) => {
  t.equal(faultOf({}), undefined)
  t.equal(faultOf({}, {}, demoSigner('demo.stranger', 'relay')), 'unknown-sender')
  t.equal(faultOf({}, {}, demoSigner(ALDER_KIOSK, 'provisional')), 'unknown-sender')
  t.equal(faultOf({}, {}, { ...demoSigner(BIRCH, 'relay'), kid: SIGNER.kid }), 'wrong-signature')
  t.equal(faultOf({ version: 2 }), 'wrong-version')
  t.equal(faultOf({ to: BIRCH }), 'not-for-us')
  t.equal(faultOf({ to: `${ALDER}/k2` }), 'not-for-us')
  const payload = encodeRecord(envelopeSchema, ENVELOPE)
  t.match(open(signSign1(SIGNER, payload, 'pop-inner-1')), { fault: 'wrong-signature' })
  t.match(open(signSign1(SIGNER, fromText('x'), 'pop-envelope-1')), { fault: 'malformed' })
})

t.test('time is judged with ten minutes of skew and our own uncertainty on top', async (t) => {
  t.equal(faultOf({ issued: DEMO_NOW + 600 }), undefined)
  t.equal(faultOf({ issued: DEMO_NOW + 601 }), 'from-the-future')
  t.equal(faultOf({ issued: DEMO_NOW + 700 }, { uncertaintyS: 100 }), undefined)
  t.equal(faultOf({ ttlS: 60 }, { unix: DEMO_NOW + 660 }), undefined)
  t.equal(faultOf({ ttlS: 60 }, { unix: DEMO_NOW + 661 }), 'expired')
  t.equal(faultOf({ ttlS: 60 }, { unix: DEMO_NOW + 700, uncertaintyS: 40 }), undefined)
})

t.test('a key out of its delegation sends nothing, whatever time it writes', async (t) => {
  const later = DEMO_NOW + 91 * DAY_S
  t.equal(faultOf({ ttlS: 200 * DAY_S }, { unix: later }), 'unknown-sender')
  t.equal(faultOf({ issued: later, ttlS: DAY_S }, { unix: later }), 'unknown-sender')
  t.equal(
    faultOf({ issued: DEMO_NOW - 2 * DAY_S }, { unix: DEMO_NOW - 2 * DAY_S }),
    'unknown-sender',
  )
})

t.test('a revoked key sends nothing', async (t) => {
  const kid = kidBytesOf(demoPublicKey(ALDER_KIOSK, 'relay').publicKey)
  const trust = demoTrust(demoTrustBody(undefined, 2, [{ kid, throughLogIndex: 5 }]))
  t.equal(faultOf({}, { trust }), 'unknown-sender')
})

t.test('no byte may be missing, no bit may change, and noise is malformed', async (t) => {
  const bytes = signEnvelope(ENVELOPE, SIGNER)
  const isOpened = (received: Uint8Array) => !('fault' in open(received)) || undefined
  t.same(acceptedCuts(bytes, isOpened), [])
  t.same(acceptedFlips(bytes, isOpened), [])
  feedNoise((noise) => t.match(open(noise), { fault: 'malformed' }))
})

t.test('what no receiver would take is not signed', async (t) => {
  const wrong: readonly Partial<Envelope>[] = [
    { to: 'Alder' },
    { type: 'x'.repeat(33) },
    { body: new Uint8Array(60_001) },
    { correlation: new Uint8Array(15) },
    { sequence: -1 },
  ]
  for (const changes of wrong) t.throws(() => faultOf(changes), { code: 'call.schema' })
  t.equal(faultOf({ body: new Uint8Array(60_000) }), undefined)
})

const BODY = fromText('templates of a person')
const BINDING: SealBinding = {
  senderKid: SIGNER.kid,
  to: ALDER,
  type: 'enrolment',
  correlation: CORRELATION,
}

function sealed(
  binding: Partial<SealBinding> = {},
  signer = SIGNER,
  to: string = ALDER,
): Uint8Array {
  const { publicKey } = demoPublicKey(to, 'seal')
  return sealBody(BODY, signer, publicKey, { ...BINDING, ...binding }, nodeAead, randomBytes)
}

function read(envelope: OpenedEnvelope, key = demoKey(ALDER, 'seal')): Uint8Array | undefined {
  return openBody(envelope, key, nodeAead, verifyMessage)
}

t.test('a sealed body opens in the envelope that it was made for', async (t) => {
  t.same(read(opened(sealed())), BODY)
  const bare = { correlation: undefined }
  t.same(read(opened(sealed(bare), bare)), BODY)
})

t.test('a sealed body in another envelope stays shut', async (t) => {
  const another = new Uint8Array(16).fill(1)
  t.equal(read(opened(sealed(), { type: 'dup.query' })), undefined, 'another type')
  t.equal(read(opened(sealed(), { correlation: another })), undefined, 'another correlation')
  t.equal(read(opened(sealed(), { correlation: undefined })), undefined, 'no correlation')
  t.equal(read(opened(sealed({ to: BIRCH }))), undefined, 'bound to another addressee')
  t.equal(read(opened(sealed(), {}, demoSigner(BIRCH, 'relay'))), undefined, 'replayed by a peer')
  t.equal(read(opened(sealed({}, SIGNER, BIRCH))), undefined, 'sealed to another key')
  t.equal(read(opened(sealed()), demoKey(BIRCH, 'seal')), undefined, 'opened with another key')
})

t.test('a body that the sender of the envelope did not sign stays shut', async (t) => {
  t.equal(read(opened(sealed({}, demoSigner(BIRCH, 'relay')))), undefined)
  const unsigned = { ...SIGNER, sign: () => new Uint8Array(64) }
  t.equal(read(opened(sealed({}, unsigned))), undefined)
})

t.test('a body that is not sealed is told from one that does not open', async (t) => {
  t.throws(() => read(opened(BODY)), { code: 'bytes.seal' })
})
