import { sha256 } from '@noble/hashes/sha2.js'
import { concat, equalBytes } from '../bytes.ts'
import { bytes, checked, field, list, record, type Schema, text, uint } from '../schema.ts'

/** Message type: a part of a body that is too long for one message on a line that breaks. */
export const CHUNK = 'chunk'

/** Message type: the gateway's answer to chunks that stopped coming, gateway to kiosk. */
export const CHUNKS_WANTED = 'chunks-wanted'

/** A body of more bytes travels in chunks of at most so many; its envelope stays below 4 KB. */
export const MAX_CHUNK_BYTES = 3840
/** Most chunks of one body. */
export const MAX_CHUNKS = 16
/** The longest body of an envelope, in one message or in chunks. */
const MAX_BODY_BYTES = 60_000
const DIGEST_BYTES = 16

/**
 * One of `count` parts of a body. The envelope's correlation names the record; the same chunk may
 * come any number of times. A record that is sealed anew has another digest: nothing is mixed.
 */
export type Chunk = {
  /** Message type of the whole body. */
  readonly type: string
  /** First 16 bytes of SHA-256 of the whole body, sealed where that type is. */
  readonly digest: Uint8Array
  readonly index: number
  readonly count: number
  readonly data: Uint8Array
}

/** Chunks that the gateway lacks of the body with that digest; the correlation names the record. */
export type ChunksWanted = { readonly digest: Uint8Array; readonly indices: readonly number[] }

/** The table of a chunk's fields. */
export const chunkSchema: Schema<Chunk> = checked(
  record<Chunk>('chunk', {
    type: field(1, text(32)),
    digest: field(2, bytes(DIGEST_BYTES)),
    index: field(3, uint(MAX_CHUNKS - 1)),
    count: field(4, uint(MAX_CHUNKS, 2)),
    data: field(5, bytes(1, MAX_CHUNK_BYTES)),
  }),
  ({ type, index, count }) => {
    if (index >= count) return 'a chunk beyond the last'
    return type === CHUNK ? 'a chunk of chunks' : undefined
  },
)

/** The table of an answer's fields. */
export const chunksWantedSchema: Schema<ChunksWanted> = checked(
  record<ChunksWanted>('chunks-wanted', {
    digest: field(1, bytes(DIGEST_BYTES)),
    indices: field(2, list(uint(MAX_CHUNKS - 1), MAX_CHUNKS)),
  }),
  ({ indices }) =>
    indices.length > 0 && new Set(indices).size === indices.length
      ? undefined
      : 'no chunk, or one twice',
)

/** The body in chunks of about one length, or `undefined` where it goes in one message. */
export function chunksOf(type: string, body: Uint8Array): readonly Chunk[] | undefined {
  if (body.length <= MAX_CHUNK_BYTES || body.length > MAX_BODY_BYTES) return undefined
  const count = Math.ceil(body.length / MAX_CHUNK_BYTES)
  const length = Math.ceil(body.length / count)
  const digest = digestOf(body)
  return Array.from({ length: count }, (_, index) => {
    const data = body.slice(index * length, (index + 1) * length)
    return { type, digest, index, count, data }
  })
}

/** True where both are parts of one body. */
export function isOfOneBody(a: Chunk, b: Chunk): boolean {
  return a.type === b.type && a.count === b.count && equalBytes(a.digest, b.digest)
}

/** The whole body of all chunks in any order; `undefined` where they do not make the body that they name. */
export function joinChunks(chunks: readonly Chunk[]): Uint8Array | undefined {
  const [first] = chunks
  if (first === undefined || missingOf(chunks, first.count).length > 0) return undefined
  const inOrder = [...chunks].sort((a, b) => a.index - b.index)
  const body = concat(...inOrder.map(({ data }) => data))
  const isWhole =
    chunks.length === first.count &&
    body.length <= MAX_BODY_BYTES &&
    equalBytes(digestOf(body), first.digest)
  return isWhole ? body : undefined
}

/** Indices below `count` of which there is no chunk. */
export function missingOf(chunks: readonly Chunk[], count: number): readonly number[] {
  const there = new Set(chunks.map(({ index }) => index))
  return Array.from({ length: count }, (_, index) => index).filter((index) => !there.has(index))
}

function digestOf(body: Uint8Array): Uint8Array {
  return sha256(body).slice(0, DIGEST_BYTES)
}
