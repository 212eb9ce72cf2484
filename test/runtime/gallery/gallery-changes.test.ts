import t from 'tap'
import { searchExhaustively } from '../../../biometrics/search/exhaustive.ts'
import {
  adversarialPeople,
  enrol,
  figuresOf,
  handleOf,
  opened,
  probeEyes,
  referencesOf,
  WAYS,
} from '../../kit/gallery-people.ts'
import { openTemporaryStore } from '../../kit/temporary-store.ts'

const probe = probeEyes(1)
/** Of whom the fast search misses nobody. */
const clearPeople = adversarialPeople(probe, 1200, 9, true)
const exact = { mode: 'exact', deadlineMs: 60_000 } as const
const fast = { mode: 'fast', deadlineMs: 60_000 } as const

for (const way of WAYS) {
  const name = `${way.memory}, ${way.threads} threads`
  t.test(`${name}: people come and go while it searches`, async (t) => {
    const { store } = await openTemporaryStore(t)
    const gallery = await opened(t, store, way)
    const first = clearPeople.slice(0, 1100)
    await enrol(gallery, store, first)
    const late = clearPeople.slice(1100)
    const gone = first.filter((_, n) => n % 5 === 0)
    const searches = [fast, exact, fast].map((how) => gallery.query(referencesOf(probe), how))
    await enrol(gallery, store, late)
    await store.commit({ writes: gone.flatMap(({ handle }) => gallery.erase(handle)) })
    const stay = new Set(first.filter((_, n) => n % 5 !== 0).map(({ handle }) => handle))
    const expected = searchExhaustively(probe, clearPeople, 1100).candidates
    const able = new Set(expected.map(({ handle }) => handle))
    for (const { candidates, coverage } of await Promise.all(searches)) {
      const handles = new Set(candidates.map(({ handle }) => handle))
      t.same(
        expected.filter(({ handle }) => stay.has(handle) && !handles.has(handle)),
        [],
        'who was there all along is found',
      )
      t.ok(
        [...handles].every((handle) => able.has(handle)),
        'nobody else is',
      )
      t.equal(coverage.searched, coverage.known)
    }
    const after = await gallery.query(referencesOf(probe), fast)
    const living = clearPeople.filter(({ handle }, n) => n >= 1100 || stay.has(handle))
    const all = searchExhaustively(probe, living)
    t.same(figuresOf(after), figuresOf(all))
    t.same(after.undecided, all.undecided)
    t.equal(gallery.size, living.length)
  })
}

t.test('who is replaced is found by the later templates alone', async (t) => {
  for (const way of WAYS) {
    const { store } = await openTemporaryStore(t)
    const gallery = await opened(t, store, way)
    const handle = handleOf(1)
    await enrol(gallery, store, [{ handle, ...probe }])
    const other = probeEyes(77)
    const search = gallery.query(referencesOf(probe), fast)
    await enrol(gallery, store, [{ handle, ...other }])
    await search
    t.same((await gallery.query(referencesOf(probe), exact)).candidates, [])
    t.equal((await gallery.query(referencesOf(other), exact)).candidates[0]?.handle, handle)
    t.equal(gallery.size, 1)
  }
})
