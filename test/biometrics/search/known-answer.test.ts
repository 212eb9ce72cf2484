import t from 'tap'
import { loadKernel } from '../../../biometrics/search/kernel.ts'
import {
  addStrangers,
  answersAlike,
  indexOfKnown,
  knownAnswer,
} from '../../../biometrics/search/known-answer.ts'
import type { PersonIndex } from '../../../biometrics/search/person-index.ts'

const known = knownAnswer()

t.test(
  'the gallery has somebody on each side of each line that a decision can cross',
  async (t) => {
    const [own] = known.expected
    const found = own?.candidates.map(({ handle, by }) => `${handle} ${by}`)
    // One bit below and at T1, not one above; at T2, not one bit above; 16 columns of turn, not 17.
    t.same(found?.toSorted(), [
      'p0 left-eye',
      'p1 left-eye',
      'p10 left-eye',
      'p11 right-eye',
      'p12 left-eye',
      'p3 both-eyes',
      'p6 right-eye',
      'p7 right-eye',
      'p8 right-eye',
      'p9 right-eye',
    ])
    t.same(own?.undecided, ['p13', 'p14', 'p15'], 'one column too little, no mask, no eye')
  },
)

t.test('each kernel of this build gives the known answers', async (t) => {
  for (const kernel of [await loadKernel('simd'), await loadKernel('scalar'), undefined]) {
    t.ok(answersAlike(indexOfKnown(kernel, known), known), kernel?.backend ?? 'typescript')
  }
})

t.test('an answer that differs in one person is noticed, in either mode', async (t) => {
  const right = indexOfKnown(undefined, known)
  const altered = (
    mode: 'exact' | 'fast',
    change: (handles: Set<string>) => void,
  ): PersonIndex => ({
    ...right,
    *search(probe, options) {
      for (const part of right.search(probe, options)) {
        const left = new Set(part.candidates.map(({ handle }) => handle))
        if (options?.mode === mode) change(left)
        yield { ...part, candidates: part.candidates.filter(({ handle }) => left.has(handle)) }
      }
    },
  })
  t.notOk(
    answersAlike(
      altered('exact', (handles) => handles.delete('p0')),
      known,
    ),
  )
  t.notOk(
    answersAlike(
      altered('fast', (handles) => handles.delete('p10')),
      known,
    ),
  )
  t.ok(
    answersAlike(
      altered('fast', (handles) => handles.delete('p3')),
      known,
    ),
    'fast may miss who is at a threshold',
  )
})

t.test('strangers make the gallery larger and change no answer', async (t) => {
  const index = indexOfKnown(undefined, known)
  addStrangers(index, known, 12)
  t.equal(index.size, known.persons.length + 12)
  const [probe = {}] = known.probes
  const found = [...index.search(probe, { gallerySize: known.persons.length })]
  t.same(found.flatMap(({ candidates }) => candidates).length, known.expected[0]?.candidates.length)
})
