import t from 'tap'
import { fieldAt, randomPhaseField } from '../../../../hardware/orb/eye-renderer/field.ts'
import { createRandom } from '../../../../hardware/sim/random.ts'

t.test('a field has mean 0 and deviation 1, and only the power it was given', async (t) => {
  const field = randomPhaseField(createRandom(3), 64, 16, (x, y) => (x === 5 && y === 0 ? 1 : 0))
  const mean = field.values.reduce((sum, value) => sum + value, 0) / field.values.length
  const power = field.values.reduce((sum, value) => sum + value * value, 0) / field.values.length
  t.ok(Math.abs(mean) < 1e-5 && Math.abs(power - 1) < 1e-4)
  // Five waves in 64 columns: half a wave on, the value is the opposite.
  for (let x = 0; x < 64; x++) {
    const here = fieldAt(field, x, 3)
    t.ok(Math.abs(here + fieldAt(field, x + 6.4, 3)) < 0.25)
  }
})

t.test('columns wrap round without a seam; rows end', async (t) => {
  const field = randomPhaseField(createRandom(4), 32, 8, (x, y) => 1 / (1 + x * x + y * y))
  t.equal(fieldAt(field, -1, 2), fieldAt(field, 31, 2))
  t.equal(fieldAt(field, 32.5, 2), fieldAt(field, 0.5, 2))
  t.equal(fieldAt(field, 3, -5), fieldAt(field, 3, 0))
  t.ok(Number.isFinite(fieldAt(field, 3, 99)))
  const between = fieldAt(field, 4.25, 2)
  const [low, high] = [fieldAt(field, 4, 2), fieldAt(field, 5, 2)]
  t.ok(Math.abs(between - (0.75 * low + 0.25 * high)) < 1e-6)
})
