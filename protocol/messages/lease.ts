import { STATUS_LIST_ENTRIES, type StatusReference } from '../credential.ts'
import { checked, field, optional, record, type Schema, uint } from '../schema.ts'

/** Message type: a kiosk that runs short asks for more status indices. */
export const LEASE_REQUEST = 'lease-request'

/** Message type: the gateway's answer. */
export const LEASE = 'lease'

/** Indices in one lease, at least: so many enrolments without a link. */
export const LEASE_INDICES = 256

/**
 * A block of status indices that only this kiosk issues from: `start <= index < start + count` of
 * one list. It may use them offline, in random order.
 */
export type Lease = { readonly list: number; readonly start: number; readonly count: number }

/** Names the newest lease that the kiosk holds, so that asking twice grants once. */
export type LeaseRequest = { readonly newest?: Lease | undefined }

/** The table of a lease's fields. */
export const leaseSchema: Schema<Lease> = checked(
  record<Lease>('lease', {
    list: field(1, uint(0xff_ff_ff_ff)),
    start: field(2, uint(STATUS_LIST_ENTRIES - 1)),
    count: field(3, uint(STATUS_LIST_ENTRIES, 1)),
  }),
  ({ start, count }) =>
    start + count <= STATUS_LIST_ENTRIES ? undefined : 'a block beyond the end of the list',
)

/** The table of a request's fields. */
export const leaseRequestSchema: Schema<LeaseRequest> = record<LeaseRequest>('lease-request', {
  newest: optional(1, leaseSchema),
})

/** True when the status reference lies in the lease. */
export function isLeased(lease: Lease, { list, index }: StatusReference): boolean {
  return lease.list === list && index >= lease.start && index < lease.start + lease.count
}
