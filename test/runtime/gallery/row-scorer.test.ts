import t from 'tap'
import { searchExhaustively } from '../../../biometrics/search/exhaustive.ts'
import { type Kernel, loadKernel } from '../../../biometrics/search/kernel.ts'
import {
  adversarialPeople,
  enrol,
  figuresOf,
  opened,
  probeEyes,
  referencesOf,
} from '../../kit/gallery-people.ts'
import { openTemporaryStore } from '../../kit/temporary-store.ts'

const probe = probeEyes(1)
const people = adversarialPeople(probe, 400, 3)
const exact = { mode: 'exact', deadlineMs: 60_000 } as const

/** A kernel for which only `memories` memories are to be had, as under a limit on addresses. */
function kernelWith(kernel: Kernel, memories: number): Kernel {
  let left = memories
  const bind = ((memory) => {
    left--
    if (left < 0) throw new RangeError('could not allocate memory')
    return kernel.bind(memory)
  }) as Kernel['bind']
  return { ...kernel, bind } as Kernel
}

for (const memory of ['resident', 'lean'] as const) {
  for (const memories of [0, 1, 2]) {
    t.test(`${memory}, ${memories} memories to be had: who changes is scored`, async (t) => {
      const kernel = await loadKernel('simd')
      if (!kernel) return t.comment('no SIMD here')
      const { store } = await openTemporaryStore(t)
      const gallery = await opened(t, store, {
        memory,
        threads: 0,
        kernel: kernelWith(kernel, memories),
      })
      await enrol(gallery, store, people.slice(0, 390))
      const late = people.slice(390)
      await store.commit({
        writes: late.flatMap(({ handle, ...eyes }) => gallery.writes(handle, referencesOf(eyes))),
      })
      const waiting = gallery.query(referencesOf(probe), exact)
      for (const { handle, ...eyes } of late) gallery.admit(handle, referencesOf(eyes))
      t.same((await waiting).coverage, { searched: 400, known: 400 })
      const after = await gallery.query(referencesOf(probe), exact)
      t.same(figuresOf(after), figuresOf(searchExhaustively(probe, people)))
    })
  }
}
