import type { Bodies } from './bodies.ts'
import type { OrbFrame } from './burst.ts'

/** A frame that is being put together from its chunks. */
export type Assembly = {
  readonly sequence: number
  readonly pixels: Uint8Array
  /** Pixels that have arrived without a gap, from the first. */
  readonly filled: number
}

/**
 * Adds a chunk to the frame under way. The wire keeps order, so a gap means a lost chunk: that
 * frame is given up, the next one starts afresh. Chunks of frames that are over are ignored.
 */
export function addChunk(
  under: Assembly | undefined,
  chunk: Bodies['chunk'],
): { readonly assembly: Assembly | undefined; readonly frame?: OrbFrame } {
  const isOver = under !== undefined && chunk.sequence < under.sequence
  const size = chunk.width * chunk.height
  const begun = under?.sequence === chunk.sequence ? under : undefined
  if (isOver || (begun === undefined && chunk.offset !== 0)) return { assembly: under }
  const pixels = begun?.pixels ?? new Uint8Array(size)
  const filled = begun?.filled ?? 0
  const doesFit = pixels.length === size && chunk.offset === filled
  if (!doesFit) return { assembly: under }
  pixels.set(chunk.pixels, filled)
  const assembly = { sequence: chunk.sequence, pixels, filled: filled + chunk.pixels.length }
  if (assembly.filled < size) return { assembly }
  const { sequence, headUs, eye, illumination, width, height } = chunk
  return {
    assembly,
    frame: { sequence, headUs, eye, illumination, image: { width, height, pixels } },
  }
}
