import fc from 'fast-check'
import t from 'tap'
import { kioskPresenceSchema } from '../../../protocol/messages/kiosk-presence.ts'
import { checkRecord } from '../../kit/records.ts'

t.test('a presence keeps what each message owes its reader', async (t) => {
  const counts = fc.maxSafeNat()
  const presences = fc.record({ isHere: fc.boolean(), queued: counts, indicesLeft: counts })
  checkRecord(t, kioskPresenceSchema, presences)
})

t.test('there is no place in it for a resident', async (t) => {
  t.same(Object.keys(kioskPresenceSchema.fields).sort(), ['indicesLeft', 'isHere', 'queued'])
})
