import { Decoder, Tag } from 'cbor-x'
import { equalBytes, fromText } from './bytes.ts'
import { hasCode, PersonhoodError } from './errors.ts'

/** A tagged item (RFC 8949 §3.4); the profile knows COSE_Sign1 (18) and COSE_Encrypt (96) alone. */
export type CborTag = { readonly tag: number; readonly value: CborValue }

/** A map with integer or text keys (RFC 8949 §3.1, major type 5). */
export type CborMap = ReadonlyMap<number | string, CborValue>

/**
 * What the profile allows in a message: no floats, no `undefined`, no simple values but booleans
 * and null. An integer outside ±(2^53-1) is a bigint, within it always a number.
 */
export type CborValue =
  | number
  | bigint
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborValue[]
  | CborMap
  | CborTag

/** Bounds of a message: bytes before decoding, and nesting depth. */
export type CborLimits = { readonly maxBytes: number; readonly maxDepth: number }

/** No message on the wire is larger than 64 KiB or deeper than 12 levels. */
export const MESSAGE_LIMITS: CborLimits = { maxBytes: 65_536, maxDepth: 12 }

/** COSE_Sign1 and COSE_Encrypt (RFC 9052 §2). A decoder's other tags do things of their own. */
const TAGS: ReadonlySet<number> = new Set([18, 96])
const MAX_UINT64 = 0xff_ff_ff_ff_ff_ff_ff_ffn

const decoder = new Decoder({ mapsAsObjects: false, useRecords: false, tagUint8Array: false })

/**
 * Deterministic CBOR (RFC 8949 §4.2.1): shortest heads, definite lengths, map keys in bytewise
 * order of their encoding. Throws `call.cbor` on what the profile does not allow.
 */
export function encodeCbor(value: CborValue): Uint8Array {
  const parts: Uint8Array[] = []
  writeItem(value, parts)
  return join(parts)
}

/**
 * Reads one item and refuses all that `encodeCbor` would not have written: unsorted or repeated
 * keys, longer heads than needed, indefinite lengths, floats, other simple values, bad UTF-8,
 * bytes left over. Throws `bytes.cbor`; never reads past `limits`.
 */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits = MESSAGE_LIMITS): CborValue {
  if (bytes.length > limits.maxBytes) {
    throw new PersonhoodError(
      'bytes.cbor',
      `${bytes.length} bytes are more than the ${limits.maxBytes} allowed`,
    )
  }
  const end = measureItem(bytes, 0, limits.maxDepth)
  if (end !== bytes.length) {
    throw new PersonhoodError('bytes.cbor', `${bytes.length - end} bytes left over after the item`)
  }
  let value: CborValue
  let again: Uint8Array
  try {
    value = normalise(decoder.decode(bytes))
    again = encodeCbor(value)
  } catch (cause) {
    if (hasCode(cause, 'bytes')) throw cause
    throw new PersonhoodError('bytes.cbor', 'not readable as CBOR of this profile', { cause })
  }
  if (!equalBytes(again, bytes)) {
    throw new PersonhoodError('bytes.cbor', 'not in deterministic form (RFC 8949 §4.2.1)')
  }
  return value
}

/** True for a tagged item. */
export function isTag(value: CborValue): value is CborTag {
  return typeof value === 'object' && value !== null && 'tag' in value
}

function writeItem(value: CborValue, parts: Uint8Array[]): void {
  if (typeof value === 'number' || typeof value === 'bigint') parts.push(encodeInteger(value))
  else if (typeof value === 'string') writeText(value, parts)
  else if (typeof value === 'boolean') parts.push(Uint8Array.of(value ? 0xf5 : 0xf4))
  else if (value === null) parts.push(Uint8Array.of(0xf6))
  else if (value instanceof Uint8Array) parts.push(encodeHead(2, value.length), value)
  else if (Array.isArray(value)) writeArray(value, parts)
  else if (value instanceof Map) writeMap(value, parts)
  else if (typeof value === 'object' && isTag(value)) writeTag(value, parts)
  else throw misuse(`a ${typeof value} has no place in a message`)
}

function writeText(value: string, parts: Uint8Array[]): void {
  // A lone surrogate has no UTF-8, and TextEncoder would put U+FFFD in its place.
  if (/\p{Surrogate}/u.test(value)) throw misuse('a text with half a surrogate pair')
  const bytes = fromText(value)
  parts.push(encodeHead(3, bytes.length), bytes)
}

function writeArray(items: readonly CborValue[], parts: Uint8Array[]): void {
  parts.push(encodeHead(4, items.length))
  for (const item of items) writeItem(item, parts)
}

function writeMap(map: CborMap, parts: Uint8Array[]): void {
  const entries = [...map].map(([key, value]) => ({ key: encodeCbor(key), value }))
  entries.sort((a, b) => compareBytes(a.key, b.key))
  parts.push(encodeHead(5, entries.length))
  for (const { key, value } of entries) {
    parts.push(key)
    writeItem(value, parts)
  }
}

function writeTag({ tag, value }: CborTag, parts: Uint8Array[]): void {
  if (!TAGS.has(tag)) throw misuse(`tag ${tag} has no place in a message`)
  parts.push(encodeHead(6, tag))
  writeItem(value, parts)
}

function encodeInteger(value: number | bigint): Uint8Array {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw misuse(`${value} is not an exact integer`)
  }
  if (value >= 0) return encodeHead(0, value)
  return encodeHead(1, typeof value === 'bigint' ? -1n - value : -1 - value)
}

function encodeHead(major: number, argument: number | bigint): Uint8Array {
  if (argument > MAX_UINT64) throw misuse(`${argument} needs more than 64 bits`)
  const type = major << 5
  if (argument < 24) return Uint8Array.of(type | Number(argument))
  if (argument < 0x1_00) return Uint8Array.of(type | 24, Number(argument))
  const [extra, lengthBytes] =
    argument < 0x1_00_00 ? [25, 2] : argument < 0x1_00_00_00_00 ? [26, 4] : [27, 8]
  const head = new Uint8Array(1 + lengthBytes)
  head[0] = type | extra
  let rest = BigInt(argument)
  for (let i = lengthBytes; i > 0; i--) {
    head[i] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return head
}

/** As `concat`, but a message may have more parts than a call can have arguments. */
function join(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length)
  for (let i = 0; i < common; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Offset behind the item at `offset`; bounds depth before any recursive decoder sees the bytes. */
function measureItem(bytes: Uint8Array, offset: number, depthLeft: number): number {
  if (depthLeft < 0) throw new PersonhoodError('bytes.cbor', 'nested too deep')
  const { major, argument, next } = readHead(bytes, offset)
  if (major === 0 || major === 1 || major === 7) return next
  if (major === 6) {
    if (!TAGS.has(argument)) throw new PersonhoodError('bytes.cbor', `tag ${argument} is not ours`)
    return measureItem(bytes, next, depthLeft - 1)
  }
  if (major === 2 || major === 3) {
    if (next + argument > bytes.length) throw truncated(offset)
    return next + argument
  }
  const items = major === 5 ? argument * 2 : argument
  // Each item takes a byte at least, so a declared count beyond the input needs no walk.
  if (items > bytes.length - next) throw truncated(offset)
  let end = next
  for (let i = 0; i < items; i++) end = measureItem(bytes, end, depthLeft - 1)
  return end
}

function readHead(
  bytes: Uint8Array,
  offset: number,
): { major: number; argument: number; next: number } {
  const first = bytes[offset]
  if (first === undefined) throw truncated(offset)
  const major = first >> 5
  const info = first & 0x1f
  if (info < 24) return { major, argument: info, next: offset + 1 }
  if (info > 27) throw new PersonhoodError('bytes.cbor', `reserved or indefinite head at ${offset}`)
  const lengthBytes = 1 << (info - 24)
  if (offset + 1 + lengthBytes > bytes.length) throw truncated(offset)
  let argument = 0
  for (let i = 1; i <= lengthBytes; i++) argument = argument * 256 + (bytes[offset + i] ?? 0)
  return { major, argument, next: offset + 1 + lengthBytes }
}

function misuse(what: string): PersonhoodError {
  return new PersonhoodError('call.cbor', what)
}

function truncated(offset: number): PersonhoodError {
  return new PersonhoodError('bytes.cbor', `cut short in the item at byte ${offset}`)
}

/** cbor-x gives views into its input, Node buffers and its own tag class; the profile has none. */
function normalise(value: unknown): CborValue {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
      ? Number(value)
      : value
  }
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (Array.isArray(value)) return value.map(normalise)
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [normaliseKey(key), normalise(item)]))
  }
  if (value instanceof Tag) return { tag: value.tag, value: normalise(value.value) }
  throw new PersonhoodError('bytes.cbor', 'an item of a type that the profile does not allow')
}

function normaliseKey(key: unknown): number | string {
  const value = normalise(key)
  if (typeof value === 'number' || typeof value === 'string') return value
  throw new PersonhoodError('bytes.cbor', 'a map key that is neither integer nor text')
}
