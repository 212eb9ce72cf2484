import t from 'tap'
import { comparePersons } from '../../../biometrics/search/exhaustive.ts'
import { SlabMemory } from '../../../biometrics/search/slab-memory.ts'
import { planOf, SlabSearcher } from '../../../biometrics/search/slab-search.ts'
import { duplicateThresholds } from '../../../protocol/duplicate-rule.ts'
import { adversarialPeople, probeEyes } from '../../kit/gallery-people.ts'
import { SIFTING_KERNELS } from '../../kit/search-kernels.ts'

const eyes = probeEyes(1)
const people = adversarialPeople(eyes, 600, 3)
const other = { left: eyes.right, right: eyes.left }

t.test('the plan follows mode and thresholds', (t) => {
  for (const size of [1, 1000, 100_000, 10_000_000]) {
    const { oneEye, bothEyes } = duplicateThresholds(size)
    const exact = planOf('exact', size)
    t.equal(exact.name, 'sift')
    // What stands for the threshold is never below it.
    const { step, masked } = exact.name === 'sift' ? exact.weights : { step: 1, masked: 0 }
    t.ok((1024 * masked) / (2 * step) >= Math.max(oneEye, bothEyes), `${size}`)
    t.equal(planOf('fast', size).name, 'skim')
  }
  t.end()
})

for (const { name, kernel } of SIFTING_KERNELS) {
  t.test(`${name}: each row is scored as the oracle scores it, open, or passed over`, (t) => {
    const memory = new SlabMemory(kernel)
    for (const [row, person] of people.entries()) {
      memory.put(row, 'left', person.left)
      memory.put(row, 'right', person.right)
    }
    const searcher = new SlabSearcher(memory)
    const plan = planOf('exact', people.length)
    const [first, second] = [eyes, other].map((probe) => ({ eyes: probe, plan }))
    if (!first || !second) throw new Error('two probes')
    const expected = searcher.sweep(first, 0, people.length)
    // Searches take turns, and one that ended leaves nothing of its probe.
    searcher.sweep(second, 0, people.length)
    t.same(searcher.sweep(first, 0, people.length), expected)
    searcher.forget()
    t.same(searcher.sweep(first, 0, people.length), expected)
    const scored = new Map<number, readonly number[]>()
    for (let at = 0; at < expected.scored.length; at += 5) {
      scored.set(expected.scored[at] ?? -1, expected.scored.slice(at + 1, at + 5))
    }
    for (const [row, person] of people.entries()) {
      const { left, right } = comparePersons(eyes, person)
      const words = [left, right].flatMap((score) => [
        score?.numeratorBits ?? 0,
        score?.commonBits ?? 0,
      ])
      const own = scored.get(row)
      if (own) t.same(own, words, `${row}`)
      const isOpen = left === undefined && right === undefined
      const isSeen = own ? own.every((word) => word === 0) : expected.open.includes(row)
      if (isOpen !== isSeen) t.fail(`${row} is open: ${isOpen}, and was seen so: ${isSeen}`)
    }
    t.ok(scored.size > 50 && scored.size < people.length)
    t.same(searcher.sweep(first, 0, 0), { scored: [], open: [], likely: [] })
    t.end()
  })
}
