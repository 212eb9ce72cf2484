import fc from 'fast-check'
import type { Test } from 'tap'
import { equalBytes, toHex } from '../../protocol/bytes.ts'
import { type CborMap, decodeCbor, encodeCbor } from '../../protocol/cbor.ts'
import { decodeRecord, encodeRecord, parseValue, type Schema } from '../../protocol/schema.ts'
import { acceptedCuts, feedNoise } from './parsers.ts'

/**
 * What each message owes its reader: it comes back as it was, byte by byte; an unknown key, a
 * missing member, a missing byte and noise are refused.
 */
export function checkRecord<T>(t: Test, schema: Schema<T>, values: fc.Arbitrary<T>): void {
  fc.assert(
    fc.property(values, (value) => {
      const bytes = encodeRecord(schema, value)
      return equalBytes(encodeRecord(schema, decodeRecord(schema, bytes)), bytes)
    }),
    { numRuns: 50 },
  )
  const [value] = fc.sample(values, { numRuns: 1, seed: 1 }) as [T]
  const bytes = encodeRecord(schema, value)
  t.same(toHex(encodeRecord(schema, decodeRecord(schema, bytes))), toHex(bytes), 'comes back')
  const map = decodeCbor(bytes) as CborMap
  for (const key of [99, -99, 'x']) {
    const more = new Map([...map, [key, 0] as const])
    t.throws(() => parseValue(schema, more), { code: 'bytes.schema', message: /unknown key/ })
  }
  const fields = Object.values(schema.fields) as {
    readonly key: number
    readonly isOptional: boolean
  }[]
  for (const { key, isOptional } of fields) {
    const less = new Map([...map].filter(([other]) => other !== key))
    if (!isOptional)
      t.throws(() => parseValue(schema, less), { code: 'bytes.schema' }, `key ${key}`)
  }
  t.same(
    acceptedCuts(bytes, (cut) => decodeRecord(schema, cut)),
    [],
    'cut short',
  )
  t.throws(() => parseValue(schema, [...map.keys()]), { code: 'bytes.schema' })
  t.throws(() => decodeRecord(schema, encodeCbor([decodeCbor(bytes)])), { code: 'bytes.schema' })
  feedNoise((noise) => decodeRecord(schema, noise))
}

/** Whole numbers of 32 bits. */
export function uint32(): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 0xff_ff_ff_ff })
}

/** Byte strings of `min..max` bytes. */
export function byteString(min: number, max: number = min): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: min, maxLength: max })
}

/** A member that may be absent. */
export function maybe<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined })
}
