import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { codeReferences } from '../../biometrics/iris/coder/coded-reference.ts'
import { MODEL_WEIGHTS } from '../../biometrics/iris/coder/weights.ts'
import { type BiometricReference, irisReference } from '../../protocol/biometric-reference.ts'
import { toHex } from '../../protocol/bytes.ts'
import { ENROLMENT, enrolmentSchema } from '../../protocol/messages/enrolment.ts'
import { commitCapture } from '../../protocol/messages/references.ts'
import { encodeRecord } from '../../protocol/schema.ts'
import { randomBytes } from '../../runtime/crypto.ts'
import { createWorld, startDistrict } from '../gateway/bench.ts'
import { connectKiosk } from '../gateway/kiosk.ts'
import { renderedTemplate } from '../kit/coded-examples.ts'
import { ALDER, ALDER_KIOSK, demoKey, demoPublicKey, demoSigner } from '../kit/demo-trust.ts'
import { randomTemplate } from '../kit/iris-codes.ts'

// Debian's, whose packages these are; another python3 may come first in the path.
const PYTHON = '/usr/bin/python3'
const probe = spawnSync(PYTHON, ['-c', 'import cbor2, cryptography'])
const skip =
  probe.status === 0 ? false : `${PYTHON} has no cbor2 and cryptography (apt: python3-cbor2 …)`

/** One eye that the model knows how to shorten, and noise, which travels as it is. */
const REFERENCES: readonly BiometricReference[] = [
  irisReference('left', renderedTemplate(5, {}), 80),
  irisReference('right', randomTemplate(5), 70),
]

t.test(
  'a reader that shares no code with us opens a coded enrolment and finds what was committed to',
  { skip },
  async (t) => {
    const world = createWorld()
    await startDistrict(t, world, ALDER, { peers: [] })
    const kiosk = await connectKiosk(world, ALDER_KIOSK)
    const captured = world.clock.now().unix
    const commitment = commitCapture(REFERENCES, captured, demoSigner(ALDER_KIOSK, 'provisional'))
    const references = codeReferences(REFERENCES)
    const { enrolment } = await kiosk.make(5, { enrolment: { references, commitment, captured } })
    const read = (changes: Partial<typeof enrolment>) => {
      const body = encodeRecord(enrolmentSchema, { ...enrolment, ...changes })
      const correlation = randomBytes(16)
      const message = { type: ENROLMENT, body, correlation, isSealed: true }
      const input = JSON.stringify({
        envelope: toHex(kiosk.compose(message)),
        sealKey: toHex(demoKey(ALDER, 'seal')),
        relayKey: toHex(demoPublicKey(ALDER_KIOSK, 'relay').publicKey),
        provisionalKey: toHex(demoPublicKey(ALDER_KIOSK, 'provisional').publicKey),
        weights: MODEL_WEIGHTS,
      })
      const script = join('test', 'independent', 'coded_enrolment.py')
      return spawnSync(PYTHON, [script], { input, encoding: 'utf8', timeout: 60_000 })
    }
    const { status, stdout, stderr } = read({})
    t.equal(status, 0, stderr)
    t.match(JSON.parse(stdout), {
      type: 'enrolment',
      formats: ['iris-coded', 'iris-coded'],
      templates: REFERENCES.map(({ bytes }) =>
        createHash('sha256').update(bytes.reveal()).digest('hex'),
      ),
    })
    const [left] = references
    if (left === undefined) throw new Error('no left eye')
    const swapped = read({ references: [left, left] })
    t.not(swapped.status, 0)
    t.match(swapped.stderr, /committed to other templates/)
  },
)
