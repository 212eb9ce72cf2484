import t from 'tap'
import { captureTemplate, fraction, syntheticIris } from '../../../bench/synthetic-irises.ts'
import { kernelMemory, PAGE_BYTES } from '../../../biometrics/search/kernel.ts'
import { siftWeights } from '../../../biometrics/search/sift-weights.ts'
import { skimLimits } from '../../../biometrics/search/skim-limits.ts'
import { SLAB_PERSONS } from '../../../biometrics/search/slab-layout.ts'
import { type Plan, SlabMemory } from '../../../biometrics/search/slab-memory.ts'
import { IRIS_PLANE_WORDS, IrisTemplate } from '../../../protocol/iris-template.ts'
import { randomTemplate, seededWords, turned } from '../../kit/iris-codes.ts'
import { noNative, SIFTING_KERNELS } from '../../kit/search-kernels.ts'

const [simd, ...natives] = SIFTING_KERNELS
const words = seededWords(61)

/** One place in four usable, one in two, three in four, or all. */
const MASKS = [
  () => words() & words(),
  () => words(),
  () => words() | words(),
  () => 0xff_ff_ff_ff,
] as const

function mask(kind: number): Uint32Array {
  const next = MASKS[kind % MASKS.length] ?? words
  return Uint32Array.from({ length: IRIS_PLANE_WORDS }, () => next())
}

/** A share of positions, in /128, is another phase: `both` bits are changed there, or one of them. */
function altered(template: IrisTemplate, share: number, both: boolean): IrisTemplate {
  const { re, im, mask: usable } = template.planes()
  const change = () => {
    let word = 0
    for (let row = 0; row < 32; row++) if (words() % 128 < share) word |= 1 << row
    return word
  }
  const changes = Uint32Array.from({ length: IRIS_PLANE_WORDS }, change)
  return new IrisTemplate({
    re: re.map((word, i) => word ^ (changes[i] ?? 0)),
    im: im.map((word, i) => word ^ (both ? (changes[i] ?? 0) : 0)),
    mask: usable,
  })
}

const probe = new IrisTemplate({ ...randomTemplate(8).planes(), mask: mask(2) })
/** More than a block of 512: mates near all thresholds, changed in one bit or both, and strangers. */
const PERSONS = 700
const templates = Array.from({ length: PERSONS }, (_, i) => {
  if (i % 5 === 0) return new IrisTemplate({ ...randomTemplate(900 + i).planes(), mask: mask(i) })
  const mate = turned(altered(probe, 20 + (i % 90), i % 2 === 0), (i % 33) - 16)
  return new IrisTemplate({ ...mate.planes(), mask: mask(i) })
})

/** Captures of one iris from good to hopeless, some with little usable, absent eyes, strangers. */
const iris = syntheticIris(words)
const captures = Array.from({ length: 517 }, (_, i) => {
  if (i % 23 === 0) return undefined
  const own = i % 3 === 0 ? syntheticIris(words) : iris
  const turnColumns = 33 * (fraction(words) - 0.5)
  const capture = captureTemplate(own, { noise: i / 517, turnColumns, warpColumns: 0.4 }, words)
  const { re, im, mask: usable } = capture.planes()
  const less = usable.map((word, column) => (i % 17 === 0 && column > 90 ? 0 : word))
  return new IrisTemplate({ re, im, mask: less })
})
const again = captureTemplate(iris, { noise: 0.3, turnColumns: 0, warpColumns: 0.4 }, words)

t.test('there is a native kernel for this machine', { skip: noNative }, async (t) => {
  t.ok(natives.length > 0)
  t.equal(natives.at(-1)?.name, 'native plain')
})

for (const { name, kernel } of natives) {
  t.test(`${name}: a skim keeps whom WebAssembly keeps, at any limits`, async (t) => {
    if (!simd) throw new Error('not built')
    const memories = [kernel, simd.kernel].map((one) => new SlabMemory(one, { layout: 'lean' }))
    for (const memory of memories) {
      captures.forEach((template, row) => {
        memory.put(row, 'left', template)
      })
    }
    const base = skimLimits(342)
    const kept = new Set<number>()
    for (let loosened = -200; loosened <= 300; loosened += 25) {
      for (const limits of [
        { ...base, two: base.two + loosened },
        { ...base, three: base.three + loosened, two: 20_000 },
        { all: base.all + 3 * loosened, two: 20_000, three: 20_000 },
      ]) {
        const [own = [], expected] = memories.map((memory) => {
          const loaded = memory.load('left', again, { name: 'skim', limits })
          return [0, 1, 63, 64, 65, captures.length].map((count) =>
            memory.survivors(0, count, 'left', loaded),
          )
        })
        t.same(own, expected, JSON.stringify(limits))
        kept.add(own.at(-1)?.length ?? 0)
      }
    }
    t.ok(kept.size > 12, `${[...kept]} were kept`)
  })

  t.test(`${name}: each score is that of WebAssembly`, async (t) => {
    if (!simd) throw new Error('not built')
    const [own, other] = [new SlabMemory(kernel), new SlabMemory(simd.kernel)]
    const all = { name: 'all' } as const
    const [mine, theirs] = [own.load('left', probe, all), other.load('left', probe, all)]
    for (const [row, template] of templates.entries()) {
      for (const memory of [own, other]) memory.put(row, 'left', template)
      t.same(own.score(row, 'left', mine), other.score(row, 'left', theirs), `${row}`)
    }
  })

  t.test(`${name}: the sift lists who is at or below the threshold, and nobody else`, async (t) => {
    const memory = new SlabMemory(kernel)
    templates.forEach((template, row) => {
      memory.put(row, 'right', template)
    })
    const scored = memory.load('right', probe, { name: 'all' })
    const scores = templates.map((_, row) => memory.score(row, 'right', scored))
    for (const threshold of [250, 300, 341, 384, 409]) {
      const weights = siftWeights(threshold)
      if (!weights) throw new Error('no weights')
      const { step, masked } = weights
      const expected = scores.flatMap((score, row) =>
        score && 2 * step * score.numeratorBits <= masked * score.commonBits ? [row] : [],
      )
      const plan: Plan = { name: 'sift', weights }
      const loaded = memory.load('right', probe, plan)
      t.same(memory.survivors(0, PERSONS, 'right', loaded), expected, `${threshold}`)
      const some = expected.filter((row) => row < 530)
      t.same(memory.survivors(0, 530, 'right', loaded), some, 'of the first 530')
      t.ok(expected.length > 60 && expected.length < 600, `${expected.length} lie below`)
    }
  })

  t.test(`${name}: a record that changes is sifted as it is now`, async (t) => {
    const weights = siftWeights(340)
    if (!weights) throw new Error('no weights')
    const memory = new SlabMemory(kernel)
    const stranger = randomTemplate(3)
    const rows = [0, 511, 512, SLAB_PERSONS - 1, SLAB_PERSONS]
    const found = () => {
      const loaded = memory.load('left', probe, { name: 'sift', weights })
      return [0, 1].flatMap((slab) => memory.survivors(slab, SLAB_PERSONS, 'left', loaded))
    }
    memory.put(2 * SLAB_PERSONS - 1, 'left', stranger)
    t.same(found(), [])
    for (const row of rows) {
      memory.put(row, 'left', probe)
      t.same(found(), [row], 'written')
      memory.copyRow(memory, row, 77)
      t.same(found(), [row, 77].sort(ascending), 'copied')
      memory.put(row, 'left', stranger)
      memory.put(77, 'left', undefined)
      t.same(found(), [], 'overwritten and removed')
    }
  })

  t.test(`${name}: while another thread slices, a search does without slices`, async (t) => {
    const weights = siftWeights(340)
    if (!weights) throw new Error('no weights')
    const memory = new SlabMemory(kernel)
    templates.forEach((template, row) => {
      memory.put(row, 'left', template)
    })
    const loaded = memory.load('left', probe, { name: 'sift', weights })
    const found = () => memory.survivors(0, PERSONS, 'left', loaded)
    const expected = found()
    const slab = memory.bytes - PAGE_BYTES * Math.ceil(memory.layout.slabBytes / PAGE_BYTES)
    const symbols = slab + (memory.layout.starts.symbols ?? 0)
    const states = [0, 1].map((block) => symbols + 512 * (3073 * block + 3072))
    const bytes = new Uint8Array(memory.memory.buffer)
    const read = () => states.map((at) => bytes[at])
    t.same(read(), [0, 0], 'both blocks are in step')
    for (const at of states) {
      bytes.fill(0x5a, at - 512 * 3072, at)
      bytes[at] = 2
    }
    t.same(found(), expected, 'from the records alone')
    memory.put(3, 'left', undefined)
    t.same(read(), [3, 2], 'a change meanwhile is remembered')
    for (const at of states) bytes[at] = 1
    t.same(
      found(),
      expected.filter((row) => row !== 3),
      'sliced anew',
    )
    t.same(read(), [0, 0])
  })

  t.test(
    `${name}: an address out of the memory is refused, and memory stays as it is`,
    async (t) => {
      const memory = kernelMemory(1)
      const { score, sift, symbolise, tabulate } = kernel.bind(memory)
      const end = PAGE_BYTES
      const outside = [
        () => score(0, 1, 0, 4096, 9, end - 11),
        () => score(0, 22, 0, 4096, 9, 0),
        () => score(0, 1, end - 3, 4096, 9, 0),
        () => score(-1, 1, 0, 4096, 9, 0),
        () => score(end - 3071, 1, 0, 0, 9, 4096),
        () => score(0, 1, 0, end - 3455, 9, 0),
        () => symbolise(0, 0, 1, 0),
        () => symbolise(0, 0xff_ff_ff_ff, 1, 0),
        () => tabulate(0, end - 8, 4, 3, 0),
        () => tabulate(2 ** 40, 0, 4, 3, 0),
        () => sift(0, 0, 1, 0, 0, 0, 4, 3, 0),
        () => sift(0, 0, -1, 0, 0, 0, 4, 3, 0),
      ]
      for (const [i, call] of outside.entries()) t.throws(call, RangeError, `${i}`)
      t.ok(new Uint8Array(memory.buffer).every((byte) => byte === 0))
      // Enough memory, but tables that were never written by tabulate.
      memory.grow(100)
      const bytes = new Uint8Array(memory.buffer)
      bytes.fill(0xff, 4_000_000, 4_100_000)
      t.throws(() => sift(0, 2_000_000, 1, 4_200_000, 4_000_000, 0, 4, 3, 0), RangeError, 'tables')
    },
  )
}

function ascending(a: number, b: number): number {
  return a - b
}
