import fc from 'fast-check'
import { irisBackend, withIrisBackend } from '../../biometrics/iris/kernel.ts'
import { blur, type Raster } from '../../biometrics/iris/raster.ts'
import { equalBytes } from '../../protocol/bytes.ts'
import { seededWords } from './iris-codes.ts'

/** Whether `make` gives the same numbers, to the bit, from the kernel and from its twin. */
export function isAlike(make: () => ArrayBufferView): boolean {
  const [fast, plain] = [withIrisBackend('simd', make), withIrisBackend('typescript', make)]
  return equalBytes(bytesOf(fast), bytesOf(plain))
}

/** The numbers of figures of any shape, for `isAlike`. */
export function numbersOf(value: unknown): Float64Array {
  if (typeof value === 'number') return Float64Array.of(value)
  if (typeof value !== 'object' || value === null) return new Float64Array()
  return Float64Array.from(Object.values(value).flatMap((part) => [...numbersOf(part)]))
}

/** Why a test of the kernel cannot run here; false where it can. */
export function noKernel(): string | false {
  return irisBackend() === 'simd' ? false : 'the tree was not built with its kernel'
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** What a hard image may be filled with. */
export const TEXTURES = ['noise', 'levels', 'checks', 'flat', 'specks', 'discs'] as const

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
    discs: (i: number) => discLevel((i % width) - width / 2, Math.floor(i / width) - height / 2),
    specks: () => (next() % 50 === 0 ? 255 : 0),
  }[texture]
  const size = Math.min(width, height) / (2.5 + (next() % 100) / 50)
  /** Pupil, iris and sclera about the middle, with some noise. */
  function discLevel(x: number, y: number): number {
    const distance = Math.hypot(x, y) / size
    return (distance < 0.4 ? 20 : distance < 1 ? 90 : 160) + (next() % 64) / 4
  }
  return { width, height, data: Float32Array.from({ length: width * height }, (_, i) => level(i)) }
}

/** Images as the searches see them: blurred more or less, at least 16 pixels a side. */
export const SEARCHED: fc.Arbitrary<Raster> = fc
  .tuple(
    fc.oneof(
      fc.tuple(fc.integer({ min: 16, max: 170 }), fc.integer({ min: 16, max: 130 })),
      fc.constantFrom([160, 120] as const, [320, 240] as const),
    ),
    fc.constantFrom('discs' as const, ...TEXTURES),
    fc.integer(),
    fc.constantFrom(0.3, 1.2, 2),
  )
  .map(([[width, height], texture, seed, sigma]) =>
    blur(texturedRaster(width, height, texture, seed), sigma),
  )

/** A circle about anywhere, in shares of an image's size. */
export const ANY_CIRCLE: fc.Arbitrary<{
  readonly x: number
  readonly y: number
  readonly radius: number
}> = fc.record({
  x: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
  y: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
  radius: fc.double({ min: 0.05, max: 0.3, noNaN: true }),
})
