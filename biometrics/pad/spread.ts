/** Items spread evenly over all, at most so many. */
export function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all
  return Array.from(
    { length: most },
    (_, i) => all[Math.floor(((i + 0.5) * all.length) / most)] as T,
  )
}
