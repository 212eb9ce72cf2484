import t from 'tap'
import { compareIris } from '../../../biometrics/iris/compare.ts'
import type { Kernel } from '../../../biometrics/search/kernel.ts'
import { type SiftWeights, siftWeights } from '../../../biometrics/search/sift-weights.ts'
import { skimLimits } from '../../../biometrics/search/skim-limits.ts'
import { EYES, SLAB_PERSONS } from '../../../biometrics/search/slab-layout.ts'
import { type Plan, SlabMemory } from '../../../biometrics/search/slab-memory.ts'
import { equalBytes } from '../../../protocol/bytes.ts'
import { IRIS_PLANE_WORDS, IrisTemplate } from '../../../protocol/iris-template.ts'
import {
  randomPlane,
  randomTemplate,
  seededWords,
  turned,
  withFlippedBits,
  withMask,
} from '../../kit/iris-codes.ts'
import { ALL_KERNELS, SIFTING_KERNELS } from '../../kit/search-kernels.ts'

/** Usable in the first `positions` places of the record, column by column. */
function maskOf(positions: number): Uint32Array {
  return Uint32Array.from({ length: IRIS_PLANE_WORDS }, (_, column) => {
    const left = Math.max(0, Math.min(32, positions - 32 * column))
    return left === 32 ? 0xff_ff_ff_ff : 2 ** left - 1
  })
}

function randomMask(seed: number, share: 1 | 2 | 3): Uint32Array {
  const next = seededWords(seed)
  const either = () => next() | next()
  return Uint32Array.from(
    { length: IRIS_PLANE_WORDS },
    [() => next() & next(), next, either][share - 1] ?? next,
  )
}

const inverse = (mask: Uint32Array) => mask.map((word) => ~word)
const inverted = (template: IrisTemplate) => {
  const { re, im, mask } = template.planes()
  return new IrisTemplate({ re: inverse(re), im: inverse(im), mask })
}

const probe = withMask(randomTemplate(1), randomMask(2, 3))
const full = randomTemplate(3)
const empty = withMask(full, maskOf(0))

function siftBy(weights: SiftWeights | undefined): Plan {
  if (!weights) throw new Error('no weights')
  return { name: 'sift', weights }
}

/** Records of every kind that a probe may meet. */
const records: readonly (readonly [string, IrisTemplate])[] = [
  ...Array.from({ length: 33 }, (_, i) => {
    const mate = withMask(turned(probe, i - 16), randomMask(40 + i, 3))
    return [`a mate turned by ${i - 16} columns`, withFlippedBits(mate, 10 * i, i)] as const
  }),
  ...[1, 2, 3].flatMap((share) =>
    Array.from({ length: 5 }, (_, i) => {
      const mask = randomMask(100 * share + i, share as 1 | 2 | 3)
      return [`a stranger, mask ${share}`, randomTemplate(500 + 10 * share + i, mask)] as const
    }),
  ),
  ['the probe itself', probe],
  ['its opposite', inverted(probe)],
  ['turned by 128 columns', turned(probe, 128)],
  ['all usable', full],
  ['nothing usable', empty],
  ['usable where the probe is not', withMask(full, inverse(probe.planes().mask))],
]

function memoryWith(kernel: Kernel, templates: readonly (IrisTemplate | undefined)[]): SlabMemory {
  const memory = new SlabMemory(kernel)
  templates.forEach((template, row) => {
    memory.put(row, 'left', template)
    memory.put(row, 'right', undefined)
  })
  return memory
}

/** The oracle's answer in the form of `SlabMemory.score`. */
function oracle(a: IrisTemplate, b: IrisTemplate) {
  const comparison = compareIris(a, b)
  if (comparison.outcome === 'could-not-compare') return undefined
  return { ...comparison.score, shiftColumns: comparison.shiftColumns }
}

t.test('the build made both kernels', async (t) => {
  t.same(
    ALL_KERNELS.map(({ name }) => name).filter((name) => !name.startsWith('native')),
    ['simd', 'scalar'],
  )
})

for (const { name: backend, kernel } of ALL_KERNELS) {
  const scoresBothWays = (a: IrisTemplate, b: IrisTemplate) => {
    const memory = memoryWith(kernel, [b])
    return memory.score(0, 'left', memory.load('left', a, { name: 'all' }))
  }

  t.test(`${backend}: each score is the oracle's, bit for bit`, async (t) => {
    const memory = memoryWith(
      kernel,
      records.map(([, template]) => template),
    )
    const loaded = memory.load('left', probe, { name: 'all' })
    for (const [row, [name, template]] of records.entries()) {
      const expected = oracle(probe, template)
      t.same(memory.score(row, 'left', loaded), expected, name)
      t.equal(memory.score(row, 'right', loaded), undefined, 'an absent eye')
    }
  })

  t.test(`${backend}: 2,048 common positions give a score, 2,047 none`, async (t) => {
    for (const positions of [2046, 2047, 2048, 2049]) {
      const part = withMask(full, maskOf(positions))
      for (const [a, b] of [
        [full, part],
        [part, full],
        [part, part],
      ] as const) {
        const score = scoresBothWays(a, b)
        t.same(score, oracle(a, b), `${positions} positions`)
        t.equal(score !== undefined, positions >= 2048, `${positions} positions`)
      }
    }
  })

  t.test(`${backend}: only the turns with enough in common count`, async (t) => {
    // Two half masks that overlap enough at some turns only, the better score lying elsewhere.
    for (const [i, positions] of [2400, 2700, 3000, 4000].entries()) {
      const a = withMask(full, maskOf(positions))
      const b = turned(withMask(full, maskOf(2600)), 16 - 5 * i)
      t.same(scoresBothWays(a, b), oracle(a, b), `${positions} positions`)
    }
  })

  t.test(`${backend}: of equal scores the smallest turn wins, as the oracle has it`, async (t) => {
    // A code of one column all around is the same at each turn.
    const flat = new Uint32Array(IRIS_PLANE_WORDS).fill(0x5a_3c_0f_96)
    const mask = maskOf(8192)
    const same = new IrisTemplate({ re: flat, im: flat, mask })
    t.same(scoresBothWays(same, same), { numeratorBits: 0, commonBits: 16_384, shiftColumns: 0 })
    // Of two columns in turns: the same at each even turn, so that +-1 are the best of the odd ones.
    const striped = flat.map((word, column) => (column % 2 === 0 ? word : ~word))
    const stripes = new IrisTemplate({ re: striped, im: striped, mask })
    const moved = turned(stripes, 1)
    t.same(scoresBothWays(stripes, moved), oracle(stripes, moved))
    t.equal(scoresBothWays(stripes, moved)?.shiftColumns, -1)
  })
}

for (const { name: backend, kernel } of SIFTING_KERNELS) {
  t.test(`${backend}: the sift leaves out nothing at or below its threshold`, async (t) => {
    const memory = memoryWith(
      kernel,
      records.map(([, template]) => template),
    )
    for (const threshold of [200, 256, 300, 330, 342, 372, 384, 398, 409]) {
      const weights = siftWeights(threshold)
      t.ok(weights, `${threshold}`)
      const loaded = memory.load('left', probe, siftBy(weights))
      const kept = new Set(memory.survivors(0, records.length, 'left', loaded))
      let strangers = 0
      for (const [row, [name, template]] of records.entries()) {
        const score = oracle(probe, template)
        const isBelow = score && score.numeratorBits * 1024 <= threshold * score.commonBits
        if (isBelow) t.ok(kept.has(row), `${name} at ${threshold}/1024`)
        if (name === 'nothing usable') t.notOk(kept.has(row), name)
        if (name.startsWith('a stranger') && kept.has(row)) strangers++
      }
      t.equal(strangers, 0, 'it is of use')
    }
  })

  t.test(
    `${backend}: the sift keeps what lies exactly on its threshold, at each turn, and no more`,
    async (t) => {
      const all = maskOf(8192)
      const plain = withMask(full, all)
      for (const { step, masked } of [
        siftWeights(384),
        siftWeights(409),
        siftWeights(300),
      ] as SiftWeights[]) {
        // step x differing = masked x common, or as near below as whole bits come.
        const most = Math.floor((masked * 8192) / step)
        for (let shift = -16; shift <= 16; shift++) {
          const rows = [most, most + 1].map((bits) => turned(withFirstFlipped(plain, bits), shift))
          const memory = memoryWith(kernel, rows)
          const loaded = memory.load('left', plain, siftBy({ step, masked }))
          t.same(memory.survivors(0, 2, 'left', loaded), [0], `${most} bits, ${shift}`)
        }
      }
    },
  )

  t.test(`${backend}: the sift takes slab after slab, and both eyes apart`, async (t) => {
    const next = seededWords(9)
    const memory = new SlabMemory(kernel)
    const mates = new Set<string>()
    for (let row = 0; row < SLAB_PERSONS + 100; row++) {
      for (const eye of EYES) {
        const isMate = next() % 100 === 0
        if (isMate) mates.add(`${row} ${eye}`)
        const planes = { re: randomPlane(next), im: randomPlane(next), mask: randomPlane(next) }
        const stranger = new IrisTemplate(planes)
        memory.put(row, eye, isMate ? turned(probe, (next() % 33) - 16) : stranger)
      }
    }
    const weights = siftWeights(398)
    const found = EYES.flatMap((eye) => {
      const loaded = memory.load(eye, probe, siftBy(weights))
      return [0, 1].flatMap((slab) =>
        memory
          .survivors(slab, slab === 0 ? SLAB_PERSONS : 100, eye, loaded)
          .map((row) => `${row} ${eye}`),
      )
    })
    t.same(new Set(found), mates)
    t.ok(mates.size > 5)
    for (const mate of mates) {
      const [row, eye] = mate.split(' ')
      memory.put(Number(row), eye as 'left', undefined)
    }
    const again = memory.load('left', probe, siftBy(weights))
    t.same(memory.survivors(0, SLAB_PERSONS, 'left', again), [], 'tombstones')
  })
}

/** The template with its first `bits` code bits inverted, re before im, column by column. */
function withFirstFlipped(template: IrisTemplate, bits: number): IrisTemplate {
  const { re, im, mask } = template.planes()
  const first = maskOf(Math.min(bits, 8192))
  const second = maskOf(Math.max(0, bits - 8192))
  return new IrisTemplate({
    re: re.map((word, i) => word ^ (first[i] ?? 0)),
    im: im.map((word, i) => word ^ (second[i] ?? 0)),
    mask,
  })
}

for (const { name, kernel } of SIFTING_KERNELS) {
  t.test(`${name}: a forgotten probe leaves none of its bytes`, async (t) => {
    const memory = new SlabMemory(kernel, { layout: 'lean' })
    const blank = new Uint8Array(memory.memory.buffer).slice()
    const plan: Plan = { name: 'skim', limits: skimLimits(345) }
    for (const eye of EYES) memory.load(eye, randomTemplate(7), plan)
    t.ok(new Uint8Array(memory.memory.buffer).some((byte, i) => byte !== blank[i]))
    memory.forgetProbes()
    t.ok(equalBytes(new Uint8Array(memory.memory.buffer), blank))
    memory.put(0, 'left', randomTemplate(8))
    const stored = new Uint8Array(memory.memory.buffer).slice()
    memory.forgetProbes()
    const left = new Uint8Array(memory.memory.buffer, 0, blank.length)
    t.notOk(
      equalBytes(stored.subarray(0, blank.length), blank),
      'a template on its way to its sketch',
    )
    t.ok(equalBytes(left, blank), 'is forgotten as well')
  })
}
