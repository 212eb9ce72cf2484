import t from 'tap'
import { searchExhaustively } from '../../../biometrics/search/exhaustive.ts'
import { hasComparableEye, leavesOpen } from '../../../gateway/check/eyes.ts'
import {
  type BiometricReference,
  irisReference,
  irisTemplateOf,
} from '../../../protocol/biometric-reference.ts'
import type { EyePosition } from '../../../protocol/image.ts'
import { randomTemplate } from '../../kit/iris-codes.ts'

/** Of 256 columns of 32 positions so many are usable, from the first or up to the last. */
function eye(
  position: EyePosition,
  columns: number,
  from: 'start' | 'end' = 'start',
): BiometricReference {
  const mask = Uint32Array.from({ length: 256 }, (_, i) => {
    const isUsable = from === 'start' ? i < columns : i >= 256 - columns
    return isUsable ? 0xff_ff_ff_ff : 0
  })
  return irisReference(position, randomTemplate(columns + (from === 'end' ? 1000 : 0), mask), 80)
}

const GOOD = [eye('left', 200), eye('right', 200)]
const POOR = [eye('left', 70), eye('right', 70)]
const galleryOf = (people: Record<string, readonly BiometricReference[]>) => ({
  references: async (handle: string) => people[handle],
})

t.test('an eye without the least number of positions never enters a gallery', async (t) => {
  t.ok(hasComparableEye([eye('left', 64)]))
  t.notOk(hasComparableEye([eye('left', 63), eye('right', 63)]))
  t.notOk(hasComparableEye([]))
})

t.test('one poor template lowers itself and nobody else', async (t) => {
  const gallery = galleryOf({ poor: POOR })
  t.notOk(await leavesOpen(gallery, GOOD, ['poor']))
  t.ok(await leavesOpen(galleryOf({ good: GOOD }), POOR, ['good']))
})

t.test(
  'a poor template is in question in an empty gallery too, so that the order does not matter',
  async (t) => {
    t.ok(await leavesOpen(galleryOf({}), POOR, []))
    t.notOk(await leavesOpen(galleryOf({}), GOOD, []))
  },
)

t.test('two good people who show different eyes leave the one being checked open', async (t) => {
  const left = [eye('left', 200)]
  const right = [eye('right', 200)]
  t.ok(await leavesOpen(galleryOf({ left }), right, ['left']))
})

t.test('160 usable columns are what makes any two eyes comparable', async (t) => {
  const undecided = (columns: number): number => {
    const probe = { left: irisTemplateOf([eye('left', columns)], 'left') }
    const other = { left: irisTemplateOf([eye('left', columns, 'end')], 'left') }
    return searchExhaustively(probe, [{ handle: 'other', ...other }]).undecided.length
  }
  t.equal(undecided(160), 0, 'the least overlap of 160 columns is 64: 4,096 bits')
  t.equal(undecided(143), 1, 'less, even at the best of 33 rotations')
  t.notOk(await leavesOpen(galleryOf({}), [eye('left', 160)], []))
  t.ok(await leavesOpen(galleryOf({}), [eye('left', 159)], []))
})
