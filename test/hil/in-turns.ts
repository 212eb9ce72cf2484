/** Does these things, so many at once. After one that rejects none is begun, and those under way end. */
export async function inTurns(
  things: readonly (() => Promise<void>)[],
  sideBySide: number,
): Promise<void> {
  const left = [...things]
  const lane = async (): Promise<void> => {
    try {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await next()
    } catch (error) {
      left.length = 0
      throw error
    }
  }
  await allOrFirst(Array.from({ length: Math.min(sideBySide, left.length) }, lane))
}

/** Waits for all of them, then rejects as the first in the list that did. */
export async function allOrFirst(promises: readonly Promise<void>[]): Promise<void> {
  for (const end of await Promise.allSettled(promises)) {
    if (end.status === 'rejected') throw end.reason
  }
}
