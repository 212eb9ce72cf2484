/** One change with what it adds to the disk, in bytes. */
export type Sized = { readonly lengthBytes: number }

type Waiting<Change> = {
  readonly change: Change
  readonly resolve: (isCommitted: boolean) => void
  readonly reject: (error: unknown) => void
}

/** Takes changes one by one and hands them on in groups. */
export type GroupCommit<Change> = {
  submit(change: Change): Promise<boolean>
  /** Resolves when nothing waits. */
  drain(): Promise<void>
}

const GROUP_MAX_CHANGES = 1000
const GROUP_MAX_BYTES = 8 * 1024 * 1024

/**
 * One sync for all changes that came while the sync before it was running. `apply` makes a group
 * durable whole or throws with none of it done; then each change is tried alone, so that one that
 * is too large for the disk does not take the others with it. An error that `isOfAll` knows is told
 * to the whole group at once.
 */
export function createGroupCommit<Change extends Sized>(
  apply: (changes: readonly Change[]) => Promise<readonly boolean[]>,
  isOfAll: (error: unknown) => boolean = () => false,
): GroupCommit<Change> {
  let waiting: Waiting<Change>[] = []
  let worker: Promise<void> | undefined

  async function settle(group: readonly Waiting<Change>[]): Promise<void> {
    try {
      const isCommitted = await apply(group.map(({ change }) => change))
      for (const [i, { resolve }] of group.entries()) resolve(isCommitted[i] === true)
    } catch (error) {
      await refuse(group, error)
    }
  }

  async function refuse(group: readonly Waiting<Change>[], error: unknown): Promise<void> {
    if (group.length === 1 || isOfAll(error))
      return group.forEach(({ reject }) => void reject(error))
    for (const one of group) await settle([one])
  }

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      const size = groupSize(waiting)
      const group = waiting.slice(0, size)
      waiting = waiting.slice(size)
      await settle(group)
    }
    worker = undefined
  }

  return {
    submit(change) {
      return new Promise((resolve, reject) => {
        waiting.push({ change, resolve, reject })
        worker ??= Promise.resolve().then(work)
      })
    },
    async drain() {
      await worker
    },
  }
}

function groupSize(waiting: readonly { readonly change: Sized }[]): number {
  let lengthBytes = 0
  for (const [i, { change }] of waiting.slice(0, GROUP_MAX_CHANGES).entries()) {
    lengthBytes += change.lengthBytes
    if (i > 0 && lengthBytes > GROUP_MAX_BYTES) return i
  }
  return Math.min(waiting.length, GROUP_MAX_CHANGES)
}
