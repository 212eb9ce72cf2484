import type { Entry, Store } from '../../runtime/store.ts'

const PAGE_ROWS = 1000

/** All rows of a table in the order of their keys, a thousand at a time: a large table never is in memory. */
export async function* pages(store: Store, table: string): AsyncGenerator<Entry> {
  let from: string | undefined
  for (;;) {
    const page = await store.range(table, {
      limit: PAGE_ROWS,
      ...(from === undefined ? {} : { from }),
    })
    yield* page
    const last = page[PAGE_ROWS - 1]
    if (last === undefined) return
    // The least key above `last`: keys hold no U+0000, and U+0001 sorts below all that they hold.
    from = `${last.key}\u0001`
  }
}
