import { irisBackend, withIrisBackend } from '../../biometrics/iris/kernel.ts'
import type { Raster } from '../../biometrics/iris/raster.ts'
import { equalBytes } from '../../protocol/bytes.ts'
import { seededWords } from './iris-codes.ts'

/** Whether `make` gives the same numbers, to the bit, from the kernel and from its twin. */
export function isAlike(make: () => Float32Array | Float64Array | Uint8Array): boolean {
  const [fast, plain] = [withIrisBackend('simd', make), withIrisBackend('typescript', make)]
  return equalBytes(bytesOf(fast), bytesOf(plain))
}

/** Why a test of the kernel cannot run here; false where it can. */
export function noKernel(): string | false {
  return irisBackend() === 'simd' ? false : 'the tree was not built with its kernel'
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** What a hard image may be filled with. */
export const TEXTURES = ['noise', 'levels', 'checks', 'flat', 'specks'] as const

/** A raster of a texture; `noise` holds any fractions, `levels` whole grey levels. */
export function texturedRaster(
  width: number,
  height: number,
  texture: (typeof TEXTURES)[number],
  seed: number,
): Raster {
  const next = seededWords(seed)
  const level = {
    noise: () => next() / 2 ** 24,
    levels: () => next() % 256,
    checks: (i: number) => 255 * (((i % width) + Math.floor(i / width)) & 1),
    flat: () => 77.7,
    specks: () => (next() % 50 === 0 ? 255 : 0),
  }[texture]
  return { width, height, data: Float32Array.from({ length: width * height }, (_, i) => level(i)) }
}
