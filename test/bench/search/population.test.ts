import t from 'tap'
import { hardMate, strangers } from '../../../bench/search/population.ts'
import { seededWords } from '../../../bench/synthetic-irises.ts'
import { comparePersons } from '../../../biometrics/search/exhaustive.ts'

t.test('strangers have identifiers of 16 bytes, in order, and both eyes', async (t) => {
  const next = strangers(seededWords(1), 2)
  const persons = Array.from({ length: 20 }, next)
  const handles = persons.map(({ handle }) => handle)
  t.ok(handles.every((handle) => /^[1-9a-f][0-9a-f]{31}$/.test(handle)))
  t.same(handles, [...new Set(handles)].toSorted())
  t.ok(persons.every(({ left, right }) => left && right))
})

t.test('a mate has the eyes that its kind says, and no other', async (t) => {
  const words = seededWords(2)
  for (const kind of ['both-eyes', 'one-eye', 'one-eye', 'both-eyes'] as const) {
    const { enrolled, probe } = hardMate(kind, 0.2, words)
    const { left, right } = comparePersons(probe, enrolled)
    const near = [left, right].filter(
      (score) => score && score.numeratorBits / score.commonBits < 0.4,
    )
    t.equal(near.length, kind === 'both-eyes' ? 2 : 1)
  }
})
