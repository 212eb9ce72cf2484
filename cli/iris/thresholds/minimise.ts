/** A place and the value found there. */
type Vertex = { readonly at: readonly number[]; readonly value: number }

/** First step, agreement at which to stop (as a share of the value), and most turns. */
export type MinimiseOptions = {
  readonly step?: number
  readonly tolerance?: number
  readonly maxTurns?: number
}

/**
 * The place of a least value of a smooth function of few numbers (Nelder and Mead 1965), from
 * `start` with first steps of `step`; stops when the values of all corners agree to `tolerance`, or
 * after `maxTurns`.
 */
export function minimise(
  cost: (at: readonly number[]) => number,
  start: readonly number[],
  { step = 0.3, tolerance = 1e-6, maxTurns = 400 }: MinimiseOptions = {},
): readonly number[] {
  const vertex = (at: readonly number[]): Vertex => ({ at, value: cost(at) })
  let simplex = [
    vertex(start),
    ...start.map((_, i) => vertex(start.map((value, j) => (i === j ? value + step : value)))),
  ]
  for (let turn = 0; turn < maxTurns; turn++) {
    simplex = simplex.toSorted((a, b) => a.value - b.value)
    const [best, worst] = [simplex[0] as Vertex, simplex.at(-1) as Vertex]
    if (Math.abs(worst.value - best.value) <= tolerance * (Math.abs(best.value) + tolerance)) break
    simplex = nextSimplex(simplex, vertex)
  }
  return simplex.toSorted((a, b) => a.value - b.value)[0]?.at ?? start
}

function nextSimplex(
  simplex: readonly Vertex[],
  vertex: (at: readonly number[]) => Vertex,
): Vertex[] {
  const [best, worst, second] = [simplex[0], simplex.at(-1), simplex.at(-2)] as Vertex[] as [
    Vertex,
    Vertex,
    Vertex,
  ]
  const others = simplex.slice(0, -1)
  const centre = worst.at.map((_, i) => mean(others.map(({ at }) => at[i] as number)))
  const along = (share: number) =>
    vertex(centre.map((value, i) => value + share * (value - (worst.at[i] as number))))
  const mirrored = along(1)
  if (mirrored.value < best.value) {
    const further = along(2)
    return [...others, further.value < mirrored.value ? further : mirrored]
  }
  if (mirrored.value < second.value) return [...others, mirrored]
  const nearer = along(mirrored.value < worst.value ? 0.5 : -0.5)
  if (nearer.value < Math.min(mirrored.value, worst.value)) return [...others, nearer]
  const shrunk = simplex
    .slice(1)
    .map(({ at }) => vertex(at.map((value, i) => (value + (best.at[i] as number)) / 2)))
  return [best, ...shrunk]
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
