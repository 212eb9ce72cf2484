import t from 'tap'
import { measureLatency, sizesUpTo } from '../../../bench/search/latency.ts'
import { atLast, atMillion } from '../../../bench/search/report.ts'
import { searchAll } from '../../../bench/search/speed.ts'
import { seededWords } from '../../../bench/synthetic-irises.ts'
import { loadKernel } from '../../../biometrics/search/kernel.ts'
import { createPersonIndex } from '../../../biometrics/search/person-index.ts'

t.test(
  'a gallery is asked at each power of ten that it reaches, and at its own size',
  async (t) => {
    t.same(sizesUpTo(200), [200])
    t.same(sizesUpTo(10_000), [1000, 3000, 10_000])
    t.equal(sizesUpTo(1_000_000).at(-1), 1_000_000)
  },
)

t.test(
  'mates in the gallery are found while it grows, and counted where they are not',
  async (t) => {
    const index = createPersonIndex(await loadKernel())
    const gallery = {
      get size() {
        return index.size
      },
      put: (person: Parameters<typeof index.put>[0]) => index.put(person),
    }
    const options = { eyes: 200, gallerySize: 1_000_000 }
    const good = await measureLatency(
      {
        ...gallery,
        get size() {
          return index.size
        },
        search: (probe) => searchAll(index, probe, 'fast', 1_000_000),
      },
      options,
      seededWords(1),
      () => undefined,
    )
    t.match(good, { points: [{ eyes: 200 }], asked: 30, missed: 0 })
    t.equal(index.size, 100)
    const nothing = { candidates: [], undecided: [], searched: 0 }
    const deaf = await measureLatency(
      {
        get size() {
          return 100
        },
        put: () => undefined,
        search: () => nothing,
      },
      options,
      seededWords(1),
      () => undefined,
    )
    t.equal(deaf.missed, 30)
  },
)

t.test('a figure at a million eyes is never taken from a smaller gallery', async (t) => {
  const small = [{ eyes: 300_000, p50: 3, p95: 4, cpuP50: 3 }]
  t.equal(atMillion(small, 'p50'), null)
  t.equal(atLast(small, 'p95'), 4)
  t.equal(atMillion([...small, { eyes: 1_000_000, p50: 9.26, p95: 12, cpuP50: 9 }], 'p50'), 9.3)
  t.equal(atLast([], 'p50'), null)
})
