import t from 'tap'
import { resultOf, searchExhaustively } from '../../../biometrics/search/exhaustive.ts'
import { loadKernel } from '../../../biometrics/search/kernel.ts'
import { createPersonIndex } from '../../../biometrics/search/person-index.ts'
import {
  adversarialPeople,
  enrol,
  figuresOf,
  opened,
  probeEyes,
  referencesOf,
  WAYS,
} from '../../kit/gallery-people.ts'
import { openTemporaryStore } from '../../kit/temporary-store.ts'

const PEOPLE = 2100
const probe = probeEyes(1)
const people = adversarialPeople(probe, PEOPLE, 5)
const exact = { mode: 'exact', deadlineMs: 60_000 } as const
const fast = { mode: 'fast', deadlineMs: 60_000 } as const

t.test('all ways decide alike, and as the oracle does', async (t) => {
  const { store } = await openTemporaryStore(t)
  const first = await opened(t, store, WAYS[0] ?? {})
  await enrol(first, store, people)
  const index = createPersonIndex(await loadKernel('simd'))
  for (const person of people) index.put(person)
  const cases = [probe, { left: probe.left }, { right: probe.right }, {}].map((eyes) => ({
    eyes,
    exact: searchExhaustively(eyes, people),
    fast: resultOf([...index.search(eyes, { mode: 'fast' })]),
  }))
  for (const way of WAYS) {
    const gallery = way === WAYS[0] ? first : await opened(t, store, way)
    const name = `${way.memory}, ${way.threads} threads`
    t.match(gallery.state, { memory: way.memory, threads: way.threads })
    for (const { eyes, ...expected } of cases) {
      for (const how of [exact, fast]) {
        const found = await gallery.query(referencesOf(eyes), how)
        t.same(figuresOf(found), figuresOf(expected[how.mode]), `${name}, ${how.mode}`)
        t.same(found.undecided, expected[how.mode].undecided, `${name}, ${how.mode}`)
        t.same(found.coverage, { searched: PEOPLE, known: PEOPLE })
      }
    }
  }
  const all = cases[0]?.exact
  t.ok(all && all.candidates.length > 100 && all.undecided.length > 10)
})

t.test('without SIMD a lean gallery reads everyone from the store', async (t) => {
  const { store } = await openTemporaryStore(t)
  const few = people.slice(0, 150)
  const kernel = await loadKernel('scalar')
  const gallery = await opened(t, store, { memory: 'lean', ...(kernel ? { kernel } : {}) })
  await enrol(gallery, store, few)
  const { candidates, undecided } = searchExhaustively(probe, few)
  const found = await gallery.query(referencesOf(probe), fast)
  t.same(
    found.candidates.map(({ handle }) => handle),
    candidates.map(({ handle }) => handle),
  )
  t.same(found.undecided, undecided)
  t.same(found.coverage, { searched: 150, known: 150 })
})
