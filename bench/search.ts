/*
 * Speed of the search and what its fast mode misses, in one run on one thread:
 *
 *   npm run build && node dist/bench/search.js [--eyes N] [--mates M] [--seed S] [--json]
 *
 * Plain TypeScript, exact and fast search take turns, round by round; rates are of processor time
 * and medians of the rounds, ratios medians of the rounds' own ratios, so that other work on the
 * machine weighs on all three alike. Codes are synthetic: speed and misses, never accuracy.
 */
import { parseArgs } from 'node:util'
import { comparePersons, type PersonEyes, resultOf } from '../biometrics/search/exhaustive.ts'
import { loadKernel } from '../biometrics/search/kernel.ts'
import { createPersonIndex, type PersonIndex } from '../biometrics/search/person-index.ts'
import { skimLimits } from '../biometrics/search/skim-limits.ts'
import { EYES, RECORD_BYTES, SLAB_PERSONS, SlabMemory } from '../biometrics/search/slab-memory.ts'
import { decideDuplicate, duplicateThresholds } from '../protocol/duplicate-rule.ts'
import { seededWords } from '../test/kit/iris-codes.ts'
import { leastFraction, PLAIN_TURNS } from './plain-comparison.ts'
import { hardMate, type Kind, type Mate, strangerProbe, strangers } from './search-population.ts'

const { values } = parseArgs({
  options: {
    eyes: { type: 'string', default: '100000' },
    mates: { type: 'string', default: '10000' },
    persons: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
})
const eyes = Number(values.eyes)
const mates = Number(values.mates)
/** Size of the gallery that the thresholds are for. */
const gallerySize = Number(values.persons)
const words = seededWords(Number(values.seed))
const ROUNDS = 15
const PLAIN_PAIRS = 1500
const FAST_PROBES = 12

const kernel = await loadKernel()
if (kernel?.backend !== 'simd') {
  process.stderr.write('No SIMD kernel: npm run build first.\n')
  process.exit(69)
}
const report = { ...measureSpeed(), ...survivors(), ...countMisses() }
process.stdout.write(
  values.json
    ? `${JSON.stringify(report, undefined, 2)}\n`
    : `${Object.entries(report)
        .map(([name, value]) => `${name.padEnd(28)}${value}`)
        .join('\n')}\n`,
)

function measureSpeed() {
  say(`${eyes} eyes …`)
  const index = createPersonIndex(kernel)
  const persons = [...strangers(eyes / 2, words)]
  const loadMs = wallMs(() => {
    for (const person of persons) index.put(person)
  })
  const probes = Array.from({ length: FAST_PROBES }, () => strangerProbe(words))
  const plain = persons.slice(0, PLAIN_PAIRS).map(({ left }) => left?.planes())
  const own = probes[0]?.left?.planes()
  const rounds = Array.from({ length: ROUNDS + 2 }, (_, round) => {
    const ts = rate(PLAIN_PAIRS * PLAIN_TURNS, () => {
      for (const other of plain) if (own && other) leastFraction(own, other)
    })
    const probe = probes[round % FAST_PROBES] ?? {}
    const exact = rate(eyes * PLAIN_TURNS, () => run(index, probe, 'exact'))
    const fast = rate(eyes * FAST_PROBES, () => {
      for (const one of probes) run(index, one, 'fast')
    })
    return { ts, exact, fast }
  }).slice(2)
  return {
    eyes,
    threads: 1,
    gallery_size_of_thresholds: gallerySize,
    ts_rotcmp_per_s: Math.round(median(rounds.map(({ ts }) => ts))),
    exact_rotcmp_per_s: Math.round(median(rounds.map(({ exact }) => exact))),
    fast_eyes_per_s: Math.round(median(rounds.map(({ fast }) => fast))),
    exact_ratio_vs_ts: tenth(median(rounds.map(({ ts, exact }) => exact / ts))),
    fast_ratio_vs_ts: tenth(median(rounds.map(({ ts, fast }) => (fast * PLAIN_TURNS) / ts))),
    load_ms: Math.round(loadMs),
    bytes_per_eye: RECORD_BYTES,
  }
}

/** Shares of strangers' eyes that the sketch's parts do not pass over. */
function survivors() {
  if (!kernel) return {}
  const memory = new SlabMemory(kernel)
  let row = 0
  for (const person of strangers(SLAB_PERSONS, words)) {
    for (const eye of EYES) memory.put(row, eye, person[eye])
    row++
  }
  const limits = skimLimits(duplicateThresholds(gallerySize).oneEye)
  const plans = {
    survivors_two_sets: { name: 'skim', limits: { ...limits, three: 20_000, all: 20_000 } },
    survivors_three_sets: { name: 'skim', limits: { ...limits, all: 20_000 } },
    survivors_sketch: { name: 'skim', limits },
  } as const
  const probes = Array.from({ length: 40 }, () => strangerProbe(words))
  return Object.fromEntries(
    Object.entries(plans).map(([name, plan]) => {
      const kept = probes.flatMap((probe) =>
        EYES.flatMap((eye) => {
          const template = probe[eye]
          return template
            ? memory.survivors(0, SLAB_PERSONS, eye, memory.load(eye, template, plan))
            : []
        }),
      )
      return [name, Number((kept.length / (2 * 40 * SLAB_PERSONS)).toPrecision(2))]
    }),
  )
}

/** Mates whom the rule calls candidates, and those of them that the fast search does not find. */
function countMisses() {
  const { oneEye, bothEyes } = duplicateThresholds(gallerySize)
  const counts = { 'both-eyes': 0, 'one-eye': 0 }
  const missed = { 'both-eyes': 0, 'one-eye': 0 }
  const histogram = new Array<number>(10).fill(0)
  let wrong = 0
  while (counts['both-eyes'] + counts['one-eye'] < mates) {
    const batch = matesBatch(oneEye, bothEyes)
    const index = createPersonIndex(kernel)
    for (const [i, { enrolled }] of batch.entries()) index.put({ handle: `${i}`, ...enrolled })
    for (const [i, { probe, kind, enrolled }] of batch.entries()) {
      const { candidates } = run(index, probe, 'fast')
      counts[kind]++
      if (!candidates.some(({ handle }) => handle === `${i}`)) missed[kind]++
      wrong += candidates.filter(({ handle }) => !isCandidate(probe, batch[Number(handle)])).length
      const best = leastScore(probe, enrolled)
      histogram[Math.min(9, Math.floor(best * 25))] = (histogram[Math.floor(best * 25)] ?? 0) + 1
    }
    say(`${counts['both-eyes'] + counts['one-eye']} mates …`)
  }
  return {
    mates: counts['both-eyes'] + counts['one-eye'],
    mates_both_eyes: counts['both-eyes'],
    mates_one_eye: counts['one-eye'],
    mates_by_better_eye: histogram.join(' '),
    misses: missed['both-eyes'] + missed['one-eye'],
    misses_both_eyes: missed['both-eyes'],
    misses_one_eye: missed['one-eye'],
    wrongly_found: wrong,
  }
}

function matesBatch(oneEye: number, bothEyes: number): readonly Mate[] {
  const batch: Mate[] = []
  while (batch.length < Math.min(1000, mates)) {
    const kind: Kind = batch.length % 2 === 0 ? 'both-eyes' : 'one-eye'
    const most = (kind === 'both-eyes' ? bothEyes : oneEye) / 1024
    const mate = hardMate(kind, most, words)
    if (isCandidate(mate.probe, mate)) batch.push(mate)
  }
  return batch
}

function isCandidate(probe: PersonEyes, mate: Mate | undefined): boolean {
  const scores = comparePersons(probe, mate?.enrolled ?? {})
  return decideDuplicate(scores, gallerySize).outcome === 'candidate'
}

function leastScore(probe: PersonEyes, enrolled: PersonEyes): number {
  const { left, right } = comparePersons(probe, enrolled)
  const of = (score: typeof left) => (score ? score.numeratorBits / score.commonBits : 1)
  return Math.min(of(left), of(right))
}

function run(index: PersonIndex, probe: PersonEyes, mode: 'exact' | 'fast') {
  return resultOf([...index.search(probe, { mode, gallerySize })])
}

/** Units a second of processor time. */
function rate(units: number, work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (units * 1e6) / (user + system)
}

function wallMs(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? 0
}

function tenth(figure: number): number {
  return Math.round(10 * figure) / 10
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
