import t from 'tap'
import { type Presentation, presentationSchema } from '../../../protocol/messages/presentation.ts'
import { encodeRecord } from '../../../protocol/schema.ts'
import { LIVING, presentations } from '../../kit/presentations.ts'
import { checkRecord } from '../../kit/records.ts'

t.test('a look keeps what each message owes its reader', async (t) => {
  checkRecord(t, presentationSchema, presentations)
})

t.test('a look keeps its bounds', async (t) => {
  const [check] = LIVING.checks
  if (check === undefined) throw new Error('no check')
  const wrong: readonly Partial<Presentation>[] = [
    { reason: 'Reflex' },
    { reason: '' },
    { reason: '7-checks' },
    { reason: 'a'.repeat(41) },
    { checks: [{ ...check, method: 'glints of 31 %' }] },
    { checks: new Array(9).fill(check) },
    { version: 0 },
    { looks: 0 },
    { looks: 256 },
  ]
  for (const changes of wrong) {
    const bad = { ...LIVING, ...changes }
    t.throws(() => encodeRecord(presentationSchema, bad), { code: 'call.schema' })
  }
  const newer = { ...LIVING, checks: [{ ...check, method: 'of-another-version' }] }
  t.ok(encodeRecord(presentationSchema, newer), 'a method that we do not know')
})
