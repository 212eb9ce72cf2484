/**
 * The value that would be at place `n` were `values` sorted, or undefined past their end. It moves the
 * values about instead of sorting them, which takes time per value only. There must be no NaN.
 */
export function nthLeast(values: Float32Array | Float64Array, n: number): number | undefined {
  let first = 0
  let last = values.length - 1
  while (first < last) {
    const [left, right] = parted(values, first, last)
    // What lies between the two parts equals the pivot.
    if (n <= right) last = right
    else if (n >= left) first = left
    else break
  }
  return values[n]
}

/** Parts a range so that nothing up to `right` is above what begins at `left`. */
function parted(
  values: Float32Array | Float64Array,
  first: number,
  last: number,
): readonly [left: number, right: number] {
  const pivot = values[(first + last) >> 1] as number
  let left = first
  let right = last
  while (left <= right) {
    while ((values[left] as number) < pivot) left++
    while ((values[right] as number) > pivot) right--
    if (left > right) break
    const value = values[left] as number
    values[left] = values[right] as number
    values[right] = value
    left++
    right--
  }
  return [left, right]
}
