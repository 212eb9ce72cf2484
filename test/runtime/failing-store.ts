import { PersonhoodError } from '../../protocol/errors.ts'
import type { Store } from '../../runtime/store.ts'

/** Which commit fails, counted from 1, and whether the change was durable by then. */
export type Failure = { readonly at: number; readonly when: 'before' | 'after' }

/**
 * A store that dies at its n-th commit, as a process does: that commit and all calls after it reject
 * with `store.failed`. What is in `store` then is what a restart finds.
 */
export function createFailingStore(
  store: Store,
  { at, when }: Failure,
): Store & { readonly commits: number } {
  let commits = 0
  let isDead = false
  const assertAlive = () => {
    if (isDead) throw new PersonhoodError('store.failed', `died at commit ${at}, ${when} it`)
  }
  return {
    get commits() {
      return commits
    },
    async get(table, key) {
      assertAlive()
      return store.get(table, key)
    },
    async range(table, range) {
      assertAlive()
      return store.range(table, range)
    },
    async commit(change) {
      assertAlive()
      commits++
      if (commits !== at) return store.commit(change)
      isDead = true
      if (when === 'after') await store.commit(change)
      return assertAlive() ?? false
    },
    close: () => store.close(),
  }
}
