import t from 'tap'
import {
  adversarialPeople,
  enrol,
  handleOf,
  opened,
  probeEyes,
  referencesOf,
} from '../../kit/gallery-people.ts'
import { openTemporaryStore } from '../../kit/temporary-store.ts'

const probe = probeEyes(1)

t.test('who changes and is not looked at any more is missing from the coverage once', async (t) => {
  for (const memory of ['resident', 'lean'] as const) {
    let now = 0
    const { store } = await openTemporaryStore(t)
    const gallery = await opened(t, store, { memory, threads: 0, nowMs: () => now })
    const people = Array.from({ length: 1500 }, (_, n) => ({ handle: handleOf(n) }))
    await enrol(gallery, store, people)
    const waiting = gallery.query(referencesOf(probe), { mode: 'fast', deadlineMs: 10 })
    // The first slab is swept by now; two people change, one there and one behind it.
    for (const n of [3, 1400, 3]) gallery.admit(handleOf(n), [])
    now = 10
    t.same((await waiting).coverage, { searched: 1023, known: 1500 }, memory)
  }
})

t.test('without time nothing is searched, and that is said', async (t) => {
  const { store } = await openTemporaryStore(t)
  const aborted = AbortSignal.abort()
  for (const memory of ['resident', 'lean'] as const) {
    for (const threads of [0, 1]) {
      const gallery = await opened(t, store, { memory, threads, workersAbove: 0 })
      if (gallery.size === 0) await enrol(gallery, store, adversarialPeople(probe, 50, 3))
      for (const mode of ['fast', 'exact'] as const) {
        for (const limit of [{ deadlineMs: 0 }, { deadlineMs: 60_000, signal: aborted }]) {
          t.same(await gallery.query(referencesOf(probe), { mode, ...limit }), {
            candidates: [],
            undecided: [],
            coverage: { searched: 0, known: 50 },
          })
        }
      }
    }
  }
})
