import { createHash } from 'node:crypto'
import { fromText } from '../../protocol/bytes.ts'
import { GALLERY_TABLE } from '../gallery/gallery-rows.ts'
import { rowKey } from '../store.ts'

/** Shards of a district's gallery, from its first row on for ever: so many processes can share it. */
export const DISTRICT_SHARDS = 64

const GALLERY_PREFIX = fromText(`${GALLERY_TABLE}\0`)

/** Whether a row is one of the gallery: those rest in shards. */
export function isGalleryRow(row: Uint8Array): boolean {
  return GALLERY_PREFIX.every((byte, at) => row[at] === byte)
}

/**
 * The shard of a row: the first four bytes of SHA-256 of its key, as a big-endian number, modulo the
 * district's shards. Migration 2 computes the same in SQL.
 */
export function shardOfRow(row: Uint8Array, shards: number): number {
  return createHash('sha256').update(row).digest().readUInt32BE(0) % shards
}

/** The shard of a person's handle. */
export function shardOfHandle(handle: string, shards: number): number {
  return shardOfRow(rowKey(GALLERY_TABLE, handle), shards)
}
