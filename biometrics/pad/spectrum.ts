/** Side of a patch whose spectrum is taken, pixels. */
export const PATCH = 64

/**
 * Power of a 64 x 64 patch over both frequencies, the mean taken out and its edges faded (Hann), so
 * that neither brightness nor the cut shows. Row-major, frequency 0 first, negative ones from 32 on.
 */
export function patchPower(pixels: ArrayLike<number>, width: number, start: number): Float64Array {
  const re = new Float64Array(PATCH * PATCH)
  const im = new Float64Array(PATCH * PATCH)
  let mean = 0
  for (let i = 0; i < re.length; i++) mean += at(pixels, width, start, i) / re.length
  for (let i = 0; i < re.length; i++) {
    const fade = (FADE[i & (PATCH - 1)] as number) * (FADE[i >> 6] as number)
    re[i] = (at(pixels, width, start, i) - mean) * fade
  }
  for (let row = 0; row < PATCH; row++) {
    const [from, to] = [row * PATCH, (row + 1) * PATCH]
    fourier(re.subarray(from, to), im.subarray(from, to))
  }
  transpose(re)
  transpose(im)
  for (let row = 0; row < PATCH; row++) {
    const [from, to] = [row * PATCH, (row + 1) * PATCH]
    fourier(re.subarray(from, to), im.subarray(from, to))
  }
  transpose(re)
  transpose(im)
  return re.map((value, i) => value * value + (im[i] as number) ** 2)
}

function at(pixels: ArrayLike<number>, width: number, start: number, i: number): number {
  return pixels[start + (i >> 6) * width + (i & (PATCH - 1))] ?? 0
}

const FADE = Float64Array.from(
  { length: PATCH },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / PATCH),
)
const COS = Float64Array.from({ length: PATCH / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / PATCH))
const SIN = Float64Array.from({ length: PATCH / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / PATCH))
/** Each index with its six bits reversed. */
const REVERSED = Uint8Array.from({ length: PATCH }, (_, i) =>
  [0, 1, 2, 3, 4, 5].reduce((sum, bit) => sum | (((i >> bit) & 1) << (5 - bit)), 0),
)

/** Fourier transform of 64 complex numbers in place (radix 2). */
export function fourier(re: Float64Array, im: Float64Array): void {
  for (let i = 0; i < PATCH; i++) {
    const j = REVERSED[i] as number
    if (j <= i) continue
    swap(re, i, j)
    swap(im, i, j)
  }
  for (let half = 1; half < PATCH; half *= 2) {
    const step = PATCH / (2 * half)
    for (let k = 0; k < half; k++) {
      const [cos, sin] = [COS[k * step] as number, SIN[k * step] as number]
      for (let a = k; a < PATCH; a += 2 * half) {
        const b = a + half
        const [bRe, bIm] = [re[b] as number, im[b] as number]
        const [turnedRe, turnedIm] = [bRe * cos - bIm * sin, bRe * sin + bIm * cos]
        re[b] = (re[a] as number) - turnedRe
        im[b] = (im[a] as number) - turnedIm
        re[a] = (re[a] as number) + turnedRe
        im[a] = (im[a] as number) + turnedIm
      }
    }
  }
}

function transpose(values: Float64Array): void {
  for (let y = 0; y < PATCH; y++) {
    for (let x = 0; x < y; x++) swap(values, y * PATCH + x, x * PATCH + y)
  }
}

function swap(values: Float64Array, i: number, j: number): void {
  const kept = values[i] as number
  values[i] = values[j] as number
  values[j] = kept
}
