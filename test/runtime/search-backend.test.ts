import t from 'tap'
import { type Kernel, loadKernel, type ScoreFunctions } from '../../biometrics/search/kernel.ts'
import { createLog } from '../../runtime/log.ts'
import { chooseBackend, logBackend, searchBackend } from '../../runtime/search-backend.ts'

const simd = await loadKernel('simd')
const scalar = await loadKernel('scalar')
if (simd?.backend !== 'simd' || scalar?.backend !== 'scalar') throw new Error('not built')

const plain = { backend: 'typescript', load: async () => undefined } as const
const good = { backend: 'scalar', load: async () => scalar } as const

/** Kernels that are wrong, each in its own way. */
const WRONG: Readonly<Record<string, () => Promise<Kernel | undefined>>> = {
  'counts one bit too few': async () => ({
    ...simd,
    bind(memory) {
      const own = simd.bind(memory)
      const score: ScoreFunctions['score'] = (records, count, chosen, probe, usable, scores) => {
        own.score(records, count, chosen, probe, usable, scores)
        const words = new Uint32Array(memory.buffer, scores, 1)
        if ((words[0] ?? 0) > 0) words[0] = (words[0] ?? 0) - 1
      }
      return { ...own, score }
    },
  }),
  'passes over all when it sifts': async () => ({
    ...simd,
    bind: (memory) => ({ ...simd.bind(memory), sift: () => 0 }),
  }),
  'passes over all when it skims': async () => ({
    ...simd,
    bind: (memory) => ({ ...simd.bind(memory), skim: () => 0 }),
  }),
  'passes over who cannot be compared': async () => ({
    ...simd,
    bind: (memory) => ({ ...simd.bind(memory), narrow: () => 0 }),
  }),
  'stops half way': async () => ({
    ...simd,
    bind: (memory) => ({
      ...simd.bind(memory),
      sift: () => {
        throw new RangeError('unreachable')
      },
    }),
  }),
  'does not load': async () => {
    throw new Error('no such instruction')
  },
}

t.test(
  'a back-end with another answer than the plain comparison is dropped and named',
  async (t) => {
    for (const [fault, load] of Object.entries(WRONG)) {
      const chosen = await chooseBackend([{ backend: 'simd', load }, good, plain])
      t.equal(chosen.trials[0]?.outcome, 'wrong', fault)
      t.equal(chosen.backend, 'scalar', fault)
      t.equal(chosen.kernel, scalar, fault)
      const lines: string[] = []
      const clock = { now: () => ({ unix: 0, uncertaintyS: 0, source: 'system' as const }) }
      const write = (line: string) => void lines.push(line)
      logBackend(chosen, createLog({ level: 'info', write, clock, isForPeople: false }))
      t.match(lines[0], /"level":"error","event":"search.backend-dropped","backend":"simd"/, fault)
      t.match(lines[1], /"event":"search.backend","backend":"scalar"/, fault)
    }
  },
)

t.test('what the machine has not is absent, not wrong; TypeScript is always there', async (t) => {
  const chosen = await chooseBackend([{ backend: 'simd', load: async () => undefined }, plain])
  t.equal(chosen.trials[0]?.outcome, 'absent')
  t.equal(chosen.backend, 'typescript')
  t.equal(chosen.kernel, undefined)
  t.ok(chosen.eyesPerS > 0)
})

t.test('the quickest is taken, whatever its name', async (t) => {
  let [now, step] = [0, 1]
  const timed = (ms: number, kernel: Kernel | undefined) => async () => {
    step = ms
    return kernel
  }
  const nowMs = () => {
    now += step
    return now
  }
  const pick = async (simdMs: number, scalarMs: number) =>
    (
      await chooseBackend(
        [
          { backend: 'simd', load: timed(simdMs, simd) },
          { backend: 'scalar', load: timed(scalarMs, scalar) },
        ],
        nowMs,
      )
    ).backend
  t.equal(await pick(1, 5), 'simd')
  t.equal(await pick(5, 1), 'scalar')
})

t.test('a process asks once', async (t) => {
  const [one, other] = await Promise.all([searchBackend(), searchBackend()])
  t.equal(one, other)
  t.ok(['native', 'simd'].includes(one.backend), one.backend)
})
