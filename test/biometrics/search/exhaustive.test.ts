import t from 'tap'
import { type GalleryPerson, searchExhaustively } from '../../../biometrics/search/exhaustive.ts'
import { randomTemplate, turned, withFlippedBits } from '../../kit/iris-codes.ts'

const gallery: readonly GalleryPerson[] = Array.from({ length: 20 }, (_, i) => ({
  handle: `person-${String(i).padStart(2, '0')}`,
  left: randomTemplate(100 + i),
  right: randomTemplate(200 + i),
}))

t.test('a person enrolled before is found with both scores, and nobody else', async (t) => {
  const probe = {
    left: withFlippedBits(turned(randomTemplate(107), 5), 250, 1),
    right: withFlippedBits(turned(randomTemplate(207), -9), 200, 2),
  }
  const { candidates, undecided, searched } = searchExhaustively(probe, gallery)
  t.same([candidates.length, undecided.length, searched], [1, 0, 20])
  const [found] = candidates
  t.equal(found?.handle, 'person-07')
  const fraction = (found?.scores.left?.numeratorBits ?? 0) / (found?.scores.left?.commonBits ?? 1)
  t.ok(Math.abs(fraction - 0.25) < 0.02, `left ${fraction}`)
})

t.test('candidates come by score, then by handle, whatever the order of the gallery', async (t) => {
  const left = randomTemplate(300)
  const twins = [
    { handle: 'c', left: withFlippedBits(left, 100, 1) },
    { handle: 'b', left },
    { handle: 'a', left },
  ]
  const handles = (persons: readonly GalleryPerson[]) =>
    searchExhaustively({ left }, [...persons, ...gallery]).candidates.map(({ handle }) => handle)
  t.same(handles(twins), ['a', 'b', 'c'])
  t.same(handles(twins.toReversed()), ['a', 'b', 'c'])
})

t.test('a person with no eye in common is undecided, never unique', async (t) => {
  const oneEyed = [{ handle: 'z', right: randomTemplate(1) }, { handle: 'y' }]
  const { candidates, undecided } = searchExhaustively({ left: randomTemplate(2) }, [
    ...oneEyed,
    ...gallery,
  ])
  t.same(candidates, [])
  t.same(undecided, ['y', 'z'])
})

t.test('the thresholds follow the whole gallery, not the part searched', async (t) => {
  const probe = { left: withFlippedBits(randomTemplate(103), 345, 3) }
  t.equal(searchExhaustively(probe, gallery, 100).candidates.length, 1)
  t.equal(searchExhaustively(probe, gallery, 50_000_000).candidates.length, 0)
})
