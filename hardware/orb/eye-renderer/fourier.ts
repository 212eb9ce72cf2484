/** In-place inverse Fourier transform, unscaled; the length is a power of two. */
export function inverseFourier(re: Float64Array, im: Float64Array): void {
  const n = re.length
  reorder(re, im)
  for (let half = 1; half < n; half *= 2) {
    for (let k = 0; k < half; k++) {
      const angle = (Math.PI * k) / half
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
      for (let a = k; a < n; a += 2 * half) {
        const b = a + half
        const [bRe, bIm] = [re[b] as number, im[b] as number]
        const [turnedRe, turnedIm] = [bRe * cos - bIm * sin, bRe * sin + bIm * cos]
        const [aRe, aIm] = [re[a] as number, im[a] as number]
        re[b] = aRe - turnedRe
        im[b] = aIm - turnedIm
        re[a] = aRe + turnedRe
        im[a] = aIm + turnedIm
      }
    }
  }
}

/** In-place inverse transform over both axes of a row-major array; both sides are powers of two. */
export function inverseFourier2(re: Float64Array, im: Float64Array, columns: number): void {
  const rows = re.length / columns
  for (let row = 0; row < rows; row++) {
    const [from, to] = [row * columns, (row + 1) * columns]
    inverseFourier(re.subarray(from, to), im.subarray(from, to))
  }
  const [lineRe, lineIm] = [new Float64Array(rows), new Float64Array(rows)]
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      lineRe[row] = re[row * columns + column] as number
      lineIm[row] = im[row * columns + column] as number
    }
    inverseFourier(lineRe, lineIm)
    for (let row = 0; row < rows; row++) {
      re[row * columns + column] = lineRe[row] as number
      im[row * columns + column] = lineIm[row] as number
    }
  }
}

function reorder(re: Float64Array, im: Float64Array): void {
  const n = re.length
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1
    for (; j & bit; bit >>= 1) j ^= bit
    j ^= bit
    if (i < j) {
      swap(re, i, j)
      swap(im, i, j)
    }
  }
}

function swap(values: Float64Array, i: number, j: number): void {
  const kept = values[i] as number
  values[i] = values[j] as number
  values[j] = kept
}
