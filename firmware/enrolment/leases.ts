import type { StatusReference } from '../../protocol/credential.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { isLeased, type Lease, leaseSchema } from '../../protocol/messages/lease.ts'
import { bytes, decodeRecord, encodeRecord, field, record, uint } from '../../protocol/schema.ts'
import type { Change, Condition, Store, Write } from '../../runtime/store.ts'

/** A part of a change: what it writes and what must still hold. */
export type ChangePart = {
  readonly writes: readonly Write[]
  readonly conditions: readonly Condition[]
}

/**
 * The blocks of status indices leased to this kiosk, and which of them are used. Taking and freeing
 * an index are parts of the caller's own change, so that an index is used exactly when its
 * enrolment is in the journal.
 */
export type Leases = {
  /** Indices not used. */
  readonly left: number
  /** The lease that came last, for asking for the next one. */
  readonly newest: Lease | undefined
  /**
   * A random unused index, or `undefined` where none is left; it is used once `claim` of it is
   * committed. Random, so that an index tells nothing of the order of enrolments.
   */
  pick(): StatusReference | undefined
  /** The part of a change that takes an index, or `undefined` where it is used or not leased. */
  claim(status: StatusReference): ChangePart | undefined
  /** Frees an index that nothing was ever signed with. */
  free(status: StatusReference): ChangePart
  /** Must follow each commit that a part was in: `true` where the change was committed. */
  settle(part: ChangePart, isCommitted: boolean): void
  /** Adds a lease durably: false where it is known. Throws `bytes.lease` where it overlaps another. */
  add(lease: Lease): Promise<boolean>
}

const TABLE = 'lease'

type Row = { readonly order: number; readonly lease: Lease; readonly used: Uint8Array }

const rowSchema = record<Row>('lease-row', {
  order: field(1, uint()),
  lease: field(2, leaseSchema),
  used: field(3, bytes(1, 8192)),
})

/** Opens the leases of a store and adds those given at provisioning. */
export async function openLeases(options: {
  readonly store: Store
  readonly provisioned: readonly Lease[]
  readonly random: (lengthBytes: number) => Uint8Array
}): Promise<Leases> {
  const rows = new Map<string, Row>()
  for (const { key, value } of await options.store.range(TABLE)) {
    rows.set(key, decodeRecord(rowSchema, value))
  }
  const leases = createLeases(options.store, rows, options.random)
  for (const lease of options.provisioned) await leases.add(lease)
  return leases
}

function createLeases(
  store: Store,
  rows: Map<string, Row>,
  random: (lengthBytes: number) => Uint8Array,
): Leases {
  const inOrder = () => [...rows.values()].sort((a, b) => a.order - b.order)
  const holding = (status: StatusReference) =>
    [...rows.values()].find(({ lease }) => isLeased(lease, status))
  const change = (row: Row, used: Uint8Array): ChangePart => {
    const key = keyOf(row.lease)
    return {
      writes: [{ table: TABLE, key, value: encodeRecord(rowSchema, { ...row, used }) }],
      conditions: [{ table: TABLE, key, value: encodeRecord(rowSchema, row) }],
    }
  }
  return {
    get left() {
      return [...rows.values()].reduce((sum, row) => sum + unusedOf(row).length, 0)
    },
    get newest() {
      return inOrder().at(-1)?.lease
    },
    pick() {
      // The oldest lease first, so that a lease is done with before the next is touched.
      const row = inOrder().find((candidate) => unusedOf(candidate).length > 0)
      if (row === undefined) return undefined
      const unused = unusedOf(row)
      const offset = unused[randomBelow(unused.length, random)] ?? 0
      return { list: row.lease.list, index: row.lease.start + offset }
    },
    claim(status) {
      const row = holding(status)
      if (row === undefined) return undefined
      const offset = status.index - row.lease.start
      return isUsed(row, offset) ? undefined : change(row, withBit(row.used, offset, true))
    },
    free(status) {
      const row = holding(status)
      if (row === undefined) return { writes: [], conditions: [] }
      return change(row, withBit(row.used, status.index - row.lease.start, false))
    },
    settle(part, isCommitted) {
      if (!isCommitted) return
      for (const { key, value } of part.writes) {
        if (value !== undefined) rows.set(key, decodeRecord(rowSchema, value))
      }
    },
    async add(lease) {
      const key = keyOf(lease)
      if (rows.get(key)?.lease.count === lease.count) return false
      refuseOverlap(lease, [...rows.values()])
      const order = (inOrder().at(-1)?.order ?? 0) + 1
      const row = { order, lease, used: new Uint8Array(Math.ceil(lease.count / 8)) }
      const write = { table: TABLE, key, value: encodeRecord(rowSchema, row) }
      const added: Change = {
        conditions: [{ table: TABLE, key, value: undefined }],
        writes: [write],
      }
      if (!(await store.commit(added))) return false
      rows.set(key, row)
      return true
    },
  }
}

/** An index that two leases hold could be issued twice, by us or by another kiosk. */
function refuseOverlap(lease: Lease, rows: readonly Row[]): void {
  const other = rows.find(
    (row) =>
      row.lease.list === lease.list &&
      lease.start < row.lease.start + row.lease.count &&
      row.lease.start < lease.start + lease.count,
  )
  if (other === undefined) return
  throw new PersonhoodError(
    'bytes.lease',
    `lease ${keyOf(lease)} of ${lease.count} indices overlaps lease ${keyOf(other.lease)}; it was not taken`,
  )
}

function keyOf({ list, start }: Lease): string {
  return `${list}-${start}`
}

function unusedOf({ lease, used }: Row): number[] {
  const unused: number[] = []
  for (let offset = 0; offset < lease.count; offset++) {
    if (!isUsed({ used }, offset)) unused.push(offset)
  }
  return unused
}

function isUsed({ used }: Pick<Row, 'used'>, offset: number): boolean {
  return ((used[offset >> 3] ?? 0) & (1 << (offset & 7))) !== 0
}

function withBit(bits: Uint8Array, offset: number, isSet: boolean): Uint8Array {
  const changed = bits.slice()
  const bit = 1 << (offset & 7)
  const byte = changed[offset >> 3] ?? 0
  changed[offset >> 3] = isSet ? byte | bit : byte & ~bit
  return changed
}

/** Below 2^16 choices the remainder of 32 random bits favours none by more than 1 in 65,536. */
function randomBelow(count: number, random: (lengthBytes: number) => Uint8Array): number {
  const drawn = random(4)
  return new DataView(drawn.buffer, drawn.byteOffset, 4).getUint32(0) % count
}
