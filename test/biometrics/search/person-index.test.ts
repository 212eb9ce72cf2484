import t from 'tap'
import {
  captureTemplate,
  fraction,
  type SyntheticIris,
  syntheticIris,
} from '../../../bench/synthetic-irises.ts'
import {
  type GalleryPerson,
  resultOf,
  type SearchResult,
  searchExhaustively,
} from '../../../biometrics/search/exhaustive.ts'
import { createPersonIndex, type PersonIndex } from '../../../biometrics/search/person-index.ts'
import { IRIS_PLANE_WORDS, type IrisTemplate } from '../../../protocol/iris-template.ts'
import {
  randomTemplate,
  seededWords,
  turned,
  withFlippedBits,
  withMask,
} from '../../kit/iris-codes.ts'
import { ALL_KERNELS } from '../../kit/search-kernels.ts'

const kernels = [...ALL_KERNELS, { name: 'typescript', kernel: undefined }]
const PERSONS = 160

const probe = { left: randomTemplate(1), right: randomTemplate(2) }
const narrow = new Uint32Array(IRIS_PLANE_WORDS).fill(0xff, 0, 200)

/** An eye near the thresholds, far from them, absent, or with too little usable. */
function eye(own: IrisTemplate, next: () => number): IrisTemplate | undefined {
  const kind = next() % 10
  const shift = (next() % 33) - 16
  if (kind === 0) return undefined
  if (kind === 1) return withMask(randomTemplate(next()), narrow)
  if (kind < 5) return randomTemplate(next())
  return withFlippedBits(turned(own, shift), 300 + (next() % 120), next())
}

const next = seededWords(77)
const gallery: readonly GalleryPerson[] = Array.from({ length: PERSONS }, (_, i) => ({
  handle: `p${(i * 7919) % 1000}`,
  left: eye(probe.left, next),
  right: eye(probe.right, next),
}))

function filled(index: PersonIndex, persons: readonly GalleryPerson[]): PersonIndex {
  for (const person of persons) index.put(person)
  return index
}

for (const { name, kernel } of kernels) {
  t.test(`${name}: decides about each person as the exhaustive search does`, async (t) => {
    const index = filled(createPersonIndex(kernel), gallery)
    t.same([index.backend, index.size], [kernel?.backend ?? 'typescript', PERSONS])
    const probes = [
      probe,
      { left: probe.left },
      { right: probe.right },
      {},
      { left: withMask(probe.left, narrow), right: probe.right },
      { left: withMask(probe.left, narrow) },
    ]
    for (const [i, one] of probes.entries()) {
      for (const size of [100, 5_000_000]) {
        const expected = searchExhaustively(one, gallery, size)
        t.same(
          resultOf([...index.search(one, { gallerySize: size })]),
          expected,
          `probe ${i}, ${size} persons`,
        )
      }
    }
    const all = searchExhaustively(probe, gallery, 100)
    t.ok(all.candidates.length > 20 && all.candidates.length < 140, `${all.candidates.length}`)
    t.ok(all.undecided.length > 0)
    t.same(new Set(all.candidates.map(({ by }) => by)).size, 3, 'each part of the rule fired')
  })

  t.test(`${name}: who is removed is not found, and her place is used again`, async (t) => {
    const index = filled(createPersonIndex(kernel), gallery)
    const gone = gallery.filter((_, i) => i % 3 === 0)
    for (const { handle } of gone) t.ok(index.remove(handle))
    t.notOk(index.remove(gone[0]?.handle ?? ''))
    const rest = gallery.filter((_, i) => i % 3 !== 0)
    t.same(
      resultOf([...index.search(probe, { gallerySize: 100 })]),
      searchExhaustively(probe, rest, 100),
    )
    const late = { handle: 'late', left: probe.left }
    index.put(late)
    t.equal(index.size, rest.length + 1)
    t.same(
      resultOf([...index.search(probe, { gallerySize: 100 })]),
      searchExhaustively(probe, [...rest, late], 100),
    )
  })

  t.test(`${name}: the same handle twice is one person, the later one`, async (t) => {
    const index = createPersonIndex(kernel)
    index.put({ handle: 'a', left: probe.left })
    index.put({ handle: 'a', left: randomTemplate(5) })
    t.equal(index.size, 1)
    t.same(resultOf([...index.search(probe)]).candidates, [])
  })

  t.test(`${name}: searches that take turns do not disturb one another`, async (t) => {
    const absent = Array.from({ length: 1000 }, (_, i) => ({ handle: `absent ${i}` }))
    const everyone = [...gallery.slice(0, 40), ...absent, ...gallery.slice(40, 80)]
    const index = filled(createPersonIndex(kernel), everyone)
    const other = { left: randomTemplate(91), right: withFlippedBits(probe.right, 100, 3) }
    const [a, b] = [index.search(probe), index.search(other)]
    const [partsA, partsB]: [SearchResult[], SearchResult[]] = [[], []]
    for (let i = 0; i < 10; i++) {
      const [x, y] = [a.next().value, b.next().value]
      if (x) partsA.push(x)
      if (y) partsB.push(y)
    }
    t.ok(partsA.length > 1)
    t.same(resultOf(partsA), searchExhaustively(probe, everyone))
    t.same(resultOf(partsB), searchExhaustively(other, everyone))
  })
}

t.test('a fast search finds mates, calls nobody else, and leaves as many undecided', async (t) => {
  const words = seededWords(5)
  const irises = Array.from({ length: 120 }, () => [syntheticIris(words), syntheticIris(words)])
  const capture = (iris: SyntheticIris, noise: number) => {
    const turnColumns = 30 * (fraction(words) - 0.5)
    return captureTemplate(iris, { noise, turnColumns, warpColumns: 0.4 }, words)
  }
  const persons = irises.map(([left, right], i) => ({
    handle: `${i}`,
    left: left && capture(left, 0.5),
    right: i % 10 === 0 ? withMask(randomTemplate(i), narrow) : right && capture(right, 0.5),
  }))
  const index = filled(createPersonIndex(kernels[0]?.kernel), persons)
  let found = 0
  for (const [i, [left, right]] of irises.slice(0, 40).entries()) {
    const again = {
      left: i % 3 === 0 ? undefined : left && capture(left, 0.2 + 0.04 * i),
      right: right && capture(right, 0.2 + 0.04 * i),
    }
    const gallerySize = i % 2 === 0 ? 1_000_000 : 500
    const exact = resultOf([...index.search(again, { gallerySize })])
    t.same(exact, searchExhaustively(again, persons, gallerySize))
    t.same(resultOf([...index.search(again, { mode: 'fast', gallerySize })]), exact, `${i}`)
    found += exact.candidates.length
  }
  t.ok(found > 20 && found < 40, `${found} of 40, so that some lie near the thresholds`)
})

t.test('an empty index finds nobody', async (t) => {
  for (const { kernel } of kernels) {
    const parts = [...createPersonIndex(kernel).search(probe)]
    t.same(resultOf(parts), { candidates: [], undecided: [], searched: 0 })
  }
})
