import t from 'tap'
import { mirrorIris } from '../../../biometrics/iris/mirror.ts'
import { enrol, handleOf, opened, probeEyes, referencesOf, WAYS } from '../../kit/gallery-people.ts'
import { openTemporaryStore } from '../../kit/temporary-store.ts'

const { left, right } = probeEyes(1)
const eyes = referencesOf({ left, right })
const ALL = ['as-is', 'crossed', 'flipped', 'mirrored'] as const
const exact = { mode: 'exact', deadlineMs: 60_000 } as const
const people = [
  { handle: handleOf(0), left, right },
  { handle: handleOf(1), left: right },
  { handle: handleOf(2), right: left },
  { handle: handleOf(3), left: mirrorIris(left) },
  { handle: handleOf(4), left: mirrorIris(right), right: mirrorIris(left) },
  { handle: handleOf(5), ...probeEyes(50) },
]

for (const way of WAYS) {
  t.test(
    `${way.memory}, ${way.threads} threads: a probe is searched in the views asked for`,
    async (t) => {
      const { store } = await openTemporaryStore(t)
      const gallery = await opened(t, store, way)
      await enrol(gallery, store, people)
      const viewOf = async (views?: readonly (typeof ALL)[number][]) => {
        const found = await gallery.query(eyes, { ...exact, ...(views ? { views } : {}) })
        t.same(found.coverage, { searched: 6, known: 6 })
        return found.candidates.map(({ handle, view }) => [handle, view])
      }
      t.same(await viewOf(), [[handleOf(0), 'as-is']])
      t.same(await viewOf([]), [[handleOf(0), 'as-is']])
      t.same(await viewOf(['mirrored']), [[handleOf(4), 'mirrored']])
      t.same(await viewOf(ALL), [
        [handleOf(0), 'as-is'],
        [handleOf(1), 'crossed'],
        [handleOf(2), 'crossed'],
        [handleOf(3), 'flipped'],
        [handleOf(4), 'mirrored'],
      ])
    },
  )
}

t.test('whom the first view cannot compare is undecided, whatever another one says', async (t) => {
  const { store } = await openTemporaryStore(t)
  const gallery = await opened(t, store, {})
  await enrol(gallery, store, [{ handle: handleOf(9), left }])
  const views = ['as-is', 'crossed'] as const
  const found = await gallery.query(referencesOf({ right: left }), { ...exact, views })
  t.same(found.undecided, [handleOf(9)])
  t.same(found.candidates.map(({ view }) => view), ['crossed']) // biome-ignore format: one line
})

t.test('a view that the deadline cuts short is missing from the coverage', async (t) => {
  const { store } = await openTemporaryStore(t)
  let now = 0
  const gallery = await opened(t, store, { nowMs: () => now++ })
  await enrol(gallery, store, people)
  const found = await gallery.query(eyes, { ...exact, deadlineMs: 2, views: ALL })
  t.same(found.coverage, { searched: 0, known: 6 })
})
