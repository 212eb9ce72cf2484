import fc from 'fast-check'
import t from 'tap'
import {
  isLeased,
  LEASE_INDICES,
  type Lease,
  leaseRequestSchema,
  leaseSchema,
} from '../../../protocol/messages/lease.ts'
import { encodeRecord } from '../../../protocol/schema.ts'
import { checkRecord, maybe, uint32 } from '../../kit/records.ts'

const leases: fc.Arbitrary<Lease> = fc
  .tuple(uint32(), fc.nat(65_535), fc.integer({ min: 1, max: 65_536 }))
  .map(([list, start, count]) => ({ list, start, count: Math.min(count, 65_536 - start) }))

t.test('a lease keeps what each message owes its reader', async (t) => {
  checkRecord(t, leaseSchema, leases)
})

t.test('a request keeps what each message owes its reader', async (t) => {
  checkRecord(t, leaseRequestSchema, fc.record({ newest: maybe(leases) }))
})

t.test('a lease ends where its list ends', async (t) => {
  const last = { list: 1, start: 65_536 - LEASE_INDICES, count: LEASE_INDICES }
  t.ok(encodeRecord(leaseSchema, last))
  for (const changes of [{ count: LEASE_INDICES + 1 }, { start: last.start + 1 }, { count: 0 }]) {
    t.throws(() => encodeRecord(leaseSchema, { ...last, ...changes }), { code: 'call.schema' })
  }
})

t.test('an index is leased within the block and the list alone', async (t) => {
  const lease = { list: 3, start: 256, count: 256 }
  const at = (index: number, list = 3) => isLeased(lease, { list, index })
  t.same([at(255), at(256), at(511), at(512), at(256, 4)], [false, true, true, false, false])
})
