import t from 'tap'
import { createBank } from '../../../biometrics/search/bank.ts'
import { comparePersons } from '../../../biometrics/search/exhaustive.ts'
import { loadKernel } from '../../../biometrics/search/kernel.ts'
import { planOf } from '../../../biometrics/search/slab-search.ts'
import { IRIS_PLANE_WORDS } from '../../../protocol/iris-template.ts'
import {
  randomTemplate,
  seededWords,
  turned,
  withFlippedBits,
  withMask,
} from '../../kit/iris-codes.ts'

const kernel = await loadKernel('simd')
const words = seededWords(31)

/** Usable in the first columns. */
const columns = (count: number) =>
  Uint32Array.from({ length: IRIS_PLANE_WORDS }, (_, at) => (at < count ? 0xff_ff_ff_ff : 0))
/** Most of the iris but a share of random places, and nothing below a row of the outer half. */
function likeAnEye(row: number): Uint32Array {
  const rows = (2 ** row - 1) * 0x1_00_01
  return Uint32Array.from({ length: IRIS_PLANE_WORDS }, () => (words() | words() | words()) & rows)
}

const probe = {
  left: withMask(randomTemplate(1), likeAnEye(12)),
  right: withMask(randomTemplate(2), likeAnEye(11)),
}
const persons = Array.from({ length: 400 }, (_, i) => {
  const mask = () => {
    if (i % 40 === 0) return columns(60)
    return i % 7 === 0 ? columns(words() % 256) : likeAnEye(8 + (words() % 9))
  }
  const shift = (i % 33) - 16
  const left =
    i % 5 === 0 ? withFlippedBits(turned(probe.left, shift), 3 * (i % 100), i) : undefined
  return {
    left: withMask(left ?? randomTemplate(100 + i), mask()),
    right: i % 11 === 0 ? undefined : withMask(randomTemplate(1000 + i), mask()),
  }
})

t.test(
  'a lean bank tells of each person that is open or a candidate, and of few others',
  async (t) => {
    const [lean, resident] = [createBank(kernel, 'lean'), createBank(kernel, 'resident')]
    persons.forEach((person, row) => {
      lean.put(row, person)
      resident.put(row, person)
    })
    for (const eyes of [probe, { left: probe.left }, { right: probe.right }, {}]) {
      const search = { eyes, plan: planOf('fast', 1_000_000) }
      const found = lean.sweep(search, 0, persons.length)
      const all = resident.sweep(search, 0, persons.length)
      t.same(found.scored, [], 'it has no templates to score')
      const scored = all.scored.filter((_, at) => at % 5 === 0)
      const likely = new Set(found.likely)
      t.ok(
        scored.every((row) => likely.has(row)),
        'the same pass the sketch',
      )
      const open = new Set(found.open)
      for (const [row, person] of persons.entries()) {
        const scores = comparePersons(eyes, person)
        const isOpen = !scores.left && !scores.right
        if (isOpen) t.ok(open.has(row) || likely.has(row), `${row} is open`)
        else t.notOk(open.has(row), `${row} can be compared`)
      }
      if (eyes === probe) t.ok(likely.size < 200, `${likely.size} of 400`)
    }
  },
)

t.test('a row is copied with all that its bank has of it', async (t) => {
  for (const layout of ['lean', 'resident'] as const) {
    const [from, to] = [createBank(kernel, layout), createBank(kernel, layout)]
    persons.forEach((person, row) => {
      from.put(row, person)
    })
    persons.forEach((_, row) => {
      to.copyRow(from, row, persons.length - 1 - row)
    })
    const search = { eyes: probe, plan: planOf('fast', 1000) }
    const mirrored = ({ likely, scored }: ReturnType<typeof to.sweep>) => [
      likely.map((row) => persons.length - 1 - row).sort(),
      scored.filter((_, at) => at % 5 === 1).sort(),
    ]
    const plain = from.sweep(search, 0, persons.length)
    t.same(mirrored(to.sweep(search, 0, persons.length)), [
      [...plain.likely].sort(),
      plain.scored.filter((_, at) => at % 5 === 1).sort(),
    ])
  }
})

t.test('a tombstone passes no sketch, at any limit', async (t) => {
  const bank = createBank(kernel, 'lean')
  persons.forEach((person, row) => {
    bank.put(row, person)
  })
  for (const row of persons.keys()) bank.put(row, undefined)
  for (const size of [100, 10_000_000]) {
    const finds = bank.sweep({ eyes: probe, plan: planOf('fast', size) }, 0, persons.length)
    t.same([finds.scored, finds.likely], [[], []])
  }
})
