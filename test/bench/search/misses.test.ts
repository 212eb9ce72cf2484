import t from 'tap'
import { countMisses, matesBatch } from '../../../bench/search/misses.ts'
import { seededWords } from '../../../bench/synthetic-irises.ts'
import { searchExhaustively } from '../../../biometrics/search/exhaustive.ts'

const RUN = { mates: 12, gallerySize: 1_000_000 }
const nothing = { candidates: [], undecided: [], searched: 12 }

t.test('the plain comparison misses nobody and finds nobody wrongly', async (t) => {
  const found = countMisses(
    (persons) => (probe) => searchExhaustively(probe, persons, RUN.gallerySize),
    RUN,
    seededWords(1),
    () => undefined,
  )
  t.match(found, { mates: 12, matesBothEyes: 6, matesOneEye: 6, misses: 0, wronglyFound: 0 })
  t.equal(
    found.byBetterEye.reduce((sum, count) => sum + count, 0),
    12,
  )
})

t.test('a search that finds nobody misses each mate', async (t) => {
  const found = countMisses(
    () => () => nothing,
    RUN,
    seededWords(1),
    () => undefined,
  )
  t.match(found, { misses: 12, missesBothEyes: 6, missesOneEye: 6 })
})

t.test('a search that finds everybody is caught at it', async (t) => {
  const found = countMisses(
    (persons) => () => ({
      ...nothing,
      candidates: persons.map(({ handle }) => ({
        ...{ handle, scoreMillionths: 1, by: 'both-eyes' as const, scores: {} },
      })),
    }),
    RUN,
    seededWords(1),
    () => undefined,
  )
  t.equal(found.misses, 0)
  t.equal(found.wronglyFound, 12 * 11)
})

t.test('hard mates go up to the thresholds, and turn by parts of columns', async (t) => {
  const mates = matesBatch(40, RUN.gallerySize, seededWords(3))
  t.equal(mates.filter(({ kind }) => kind === 'one-eye').length, 20)
})
