import fc from 'fast-check'
import t from 'tap'
import { type CborMap, decodeCbor } from '../../../protocol/cbor.ts'
import { type Enrolment, enrolmentSchema } from '../../../protocol/messages/enrolment.ts'
import { decodeRecord, encodeRecord } from '../../../protocol/schema.ts'
import { presentations } from '../../kit/presentations.ts'
import { byteString, checkRecord, uint32 } from '../../kit/records.ts'
import { anyReference } from '../../kit/references.ts'

const enrolments: fc.Arbitrary<Enrolment> = fc.record({
  captured: uint32(),
  consentHash: byteString(32),
  references: fc.array(anyReference(), { maxLength: 8 }),
  commitment: byteString(1, 200),
  credential: byteString(1, 160),
  card: fc.record({ uid: byteString(4, 10), r: byteString(16) }),
  ticket: byteString(8),
  localSearch: fc.constantFrom('none', 'candidate', 'undecided'),
  presentation: fc.option(fc.array(presentations, { maxLength: 2 }), { nil: undefined }),
})

t.test('an enrolment keeps what each message owes its reader', async (t) => {
  checkRecord(t, enrolmentSchema, enrolments)
})

t.test('an enrolment of a kiosk that did not look is read as before', async (t) => {
  const [honest] = fc.sample(enrolments, { numRuns: 1, seed: 3 })
  if (honest === undefined) throw new Error('no enrolment')
  const old = encodeRecord(enrolmentSchema, { ...honest, presentation: undefined })
  t.equal((decodeCbor(old) as CborMap).has(9), false)
  t.equal(decodeRecord(enrolmentSchema, old).presentation, undefined)
})

t.test('an enrolment keeps its bounds', async (t) => {
  const [honest] = fc.sample(enrolments, { numRuns: 1, seed: 2 })
  if (honest === undefined) throw new Error('no enrolment')
  const [reference] = fc.sample(anyReference(), 1)
  if (reference === undefined) throw new Error('no reference')
  const wrong: readonly Partial<Enrolment>[] = [
    { references: new Array(9).fill(reference) },
    { credential: new Uint8Array(161) },
    { card: { uid: new Uint8Array(3), r: new Uint8Array(16) } },
    { card: { uid: new Uint8Array(7), r: new Uint8Array(15) } },
    { consentHash: new Uint8Array(31) },
    { ticket: new Uint8Array(9) },
    { commitment: new Uint8Array() },
  ]
  for (const changes of wrong) {
    t.throws(() => encodeRecord(enrolmentSchema, { ...honest, ...changes }), {
      code: 'call.schema',
    })
  }
  t.ok(encodeRecord(enrolmentSchema, { ...honest, references: [] }), 'whoever cannot use an eye')
})
