import t from 'tap'
import { LINE_FAULTS } from '../../../hardware/sim/line-faults.ts'
import { createRandom } from '../../../hardware/sim/random.ts'

const TRAFFIC = { toDevice: 40, toHost: 100 }

t.test('every strike falls among the bytes of the work, whatever the seed', async (t) => {
  for (const { name, plan } of LINE_FAULTS) {
    for (let seed = 0; seed < 200; seed++) {
      for (const { way, atByte } of plan(createRandom(seed), TRAFFIC).strikes ?? []) {
        if (atByte < 0 || atByte >= TRAFFIC[way]) t.fail(`${name}, seed ${seed}: ${way} ${atByte}`)
      }
    }
  }
})

t.test('a seed names one plan, and others name others', async (t) => {
  for (const { name, plan } of LINE_FAULTS.filter(({ name }) => name !== 'merged')) {
    const of = (seed: number): string => JSON.stringify(plan(createRandom(seed), TRAFFIC))
    t.equal(of(5), of(5))
    const plans = new Set(Array.from({ length: 20 }, (_, seed) => of(seed)))
    if (name !== 'none') t.ok(plans.size > 3, name)
  }
})

t.test('what a checked bus cannot do is no fault of reports', async (t) => {
  const names = LINE_FAULTS.filter(({ isOfReports }) => isOfReports).map(({ name }) => name)
  for (const impossible of ['split', 'merged', 'bit-flipped', 'bytes-dropped', 'noise']) {
    t.notOk(names.includes(impossible), impossible)
  }
})
