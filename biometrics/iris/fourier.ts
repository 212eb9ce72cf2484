import { CONTOUR_ANGLES, DIRECTIONS } from './contour.ts'
import { kernelFourierFit } from './kernel-contour.ts'

/** Highest harmonic that can be fitted, and the terms up to it. */
const MOST_ORDER = 4
const MOST_TERMS = 2 * MOST_ORDER + 1

/** 1, cosine and sine of each harmonic, a row of `MOST_TERMS` for each direction. */
const BASES = Float64Array.from({ length: CONTOUR_ANGLES * MOST_TERMS }, (_, at) => {
  const term = at % MOST_TERMS
  if (term === 0) return 1
  const harmonic = (term + 1) >> 1
  const [cos, sin] = DIRECTIONS[
    (harmonic * Math.floor(at / MOST_TERMS)) % CONTOUR_ANGLES
  ] as readonly [number, number]
  return term % 2 === 1 ? cos : sin
})

/** Where a curve's middle probably lies, seen from where its radii start; weights are directions' worth. */
export type ProbableMiddle = {
  readonly dx: number
  readonly dy: number
  readonly weightAcross: number
  readonly weightDown: number
}

/**
 * Radii smoothed to a Fourier series of `order` (1..4) harmonics by weighted least squares, twice, the
 * second time with less weight on outliers. `stiffness` holds higher harmonics down where weights
 * are few.
 */
export function fourierFit(
  radii: Float32Array,
  weights: Float32Array,
  order: number,
  stiffness: number,
  middle?: ProbableMiddle,
): Float32Array {
  const bases = { values: BASES, stride: MOST_TERMS }
  const smooth = kernelFourierFit(radii, weights, bases, order, stiffness, middle)
  if (smooth) return smooth
  let current = weights
  let fitted = radii
  for (let round = 0; round < 4; round++) {
    fitted = solveFourier(radii, current, order, stiffness, middle)
    const misses = radii.map((radius, i) => Math.abs(radius - (fitted[i] as number)))
    const typical = Math.max(0.5, weightedMedian(misses, weights))
    current = weights.map((weight, i) => {
      const miss = (misses[i] as number) / (2 * typical)
      return weight / (1 + miss * miss)
    })
  }
  return fitted
}

function weightedMedian(values: Float32Array, weights: Float32Array): number {
  const order = [...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number))
  let left = weights.reduce((sum, weight) => sum + weight, 0) / 2
  for (const i of order) {
    left -= weights[i] as number
    if (left <= 0) return values[i] as number
  }
  return 0
}

function solveFourier(
  radii: Float32Array,
  weights: Float32Array,
  order: number,
  stiffness: number,
  middle: ProbableMiddle | undefined,
): Float32Array {
  const terms = 2 * order + 1
  const matrix = new Float64Array(terms * (terms + 1))
  for (let i = 0; i < CONTOUR_ANGLES; i++) {
    const weight = weights[i] as number
    const radius = radii[i] as number
    const from = i * MOST_TERMS
    for (let a = 0; a < terms; a++) {
      const scaled = weight * (BASES[from + a] as number)
      const row = a * (terms + 1)
      for (let b = 0; b < terms; b++) {
        matrix[row + b] = (matrix[row + b] as number) + scaled * (BASES[from + b] as number)
      }
      matrix[row + terms] = (matrix[row + terms] as number) + scaled * radius
    }
  }
  for (let a = 1; a < terms; a++) {
    // The shift (first harmonic) is free; bends cost with the fourth power of their harmonic.
    const harmonic = (a + 1) >> 1
    const bending = harmonic * harmonic * harmonic * harmonic - 1
    addTo(matrix, a * (terms + 1) + a, 1e-6 + stiffness * bending)
  }
  if (middle) {
    addTo(matrix, terms + 1 + 1, middle.weightAcross)
    addTo(matrix, terms + 1 + terms, middle.weightAcross * middle.dx)
    addTo(matrix, 2 * (terms + 1) + 2, middle.weightDown)
    addTo(matrix, 2 * (terms + 1) + terms, middle.weightDown * middle.dy)
  }
  const solution = solveLinear(matrix, terms)
  return Float32Array.from({ length: CONTOUR_ANGLES }, (_, i) => {
    let sum = 0
    for (let a = 0; a < terms; a++) {
      sum += (solution[a] as number) * (BASES[i * MOST_TERMS + a] as number)
    }
    return sum
  })
}

function addTo(matrix: Float64Array, at: number, value: number): void {
  matrix[at] = (matrix[at] as number) + value
}

/** Solves a symmetric positive system given as rows of `size` coefficients and a right side. */
function solveLinear(matrix: Float64Array, size: number): Float64Array {
  const width = size + 1
  for (let pivot = 0; pivot < size; pivot++) {
    const lead = matrix[pivot * width + pivot] as number
    for (let row = pivot + 1; row < size; row++) {
      const share = (matrix[row * width + pivot] as number) / (lead || 1e-9)
      for (let k = pivot; k < width; k++) {
        addTo(matrix, row * width + k, -share * (matrix[pivot * width + k] as number))
      }
    }
  }
  const solution = new Float64Array(size)
  for (let row = size - 1; row >= 0; row--) {
    let sum = matrix[row * width + size] as number
    for (let k = row + 1; k < size; k++) {
      sum -= (matrix[row * width + k] as number) * (solution[k] as number)
    }
    solution[row] = sum / ((matrix[row * width + row] as number) || 1e-9)
  }
  return solution
}
