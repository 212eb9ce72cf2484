/*
 * How the recogniser bears what other cameras do, on a folder of eye images with an `index.csv`:
 *
 *   npm run build && node dist/bench/iris-robustness.js DIR [--per-eye N] [--only NAME] [--json]
 *
 * Each image is transformed in memory (`eye-transforms.ts`) and compared with the untouched images:
 * *own* with itself, genuine with the others of its eye, impostor with those of 40 other eyes.
 * Boundaries are held against those of the untouched image, which are no ground truth but were
 * found where it is easier. For development: the eyes are the same, so it promises nothing about
 * another camera; it shows what would break.
 */
import { parseArgs } from 'node:util'
import { compareIris } from '../biometrics/iris/compare.ts'
import { openThreads } from '../cli/iris/evaluate/thread-pool.ts'
import { type EyeImage, readEyeSet } from '../cli/iris/eye-set.ts'
import { duplicateThresholds, THRESHOLD_DENOMINATOR } from '../protocol/duplicate-rule.ts'
import { decodeIrisTemplate, type IrisTemplate } from '../protocol/iris-template.ts'
import { EYE_TRANSFORMS } from './eye-transforms.ts'
import type { RobustnessAnswer, RobustnessTask } from './iris-robustness-worker.ts'

const STRANGERS = 40
const THREADS = 2
const T1 = duplicateThresholds(1000).oneEye / THRESHOLD_DENOMINATOR

/** An image whose untouched encoding succeeded. */
type Known = {
  readonly image: EyeImage
  readonly template: IrisTemplate
  readonly boundaries: Extract<RobustnessAnswer, { outcome: 'encoded' }>['boundaries']
}

type Encoded = Extract<RobustnessAnswer, { outcome: 'encoded' }> & { readonly of: number }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'per-eye': { type: 'string', default: '2' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const [folder] = positionals
const perEye = Number(values['per-eye'])
if (folder === undefined || !Number.isInteger(perEye) || perEye < 1) {
  process.stderr.write(
    'usage: node dist/bench/iris-robustness.js DIR [--per-eye N] [--only NAME] [--json]\n',
  )
  process.exitCode = 2
} else {
  await measure(folder)
}

async function measure(dir: string): Promise<void> {
  const images = someOfEach(await readEyeSet(dir))
  const script = new URL('./iris-robustness-worker.js', import.meta.url)
  const threads = openThreads<RobustnessTask, RobustnessAnswer>(script, THREADS)
  const signal = new AbortController().signal
  try {
    const tasks = images.map(({ file }, seed) => ({ file, seed }))
    const plain = await threads.run(tasks, () => undefined, signal)
    const known = plain.flatMap((answer, i): Known[] => {
      if (answer.outcome === 'refused') return []
      const template = decodeIrisTemplate(answer.template)
      return [{ image: images[i] as EyeImage, template, boundaries: answer.boundaries }]
    })
    if (!values.json) heading(images.length, known.length)
    for (const name of Object.keys(EYE_TRANSFORMS)) {
      if (values.only !== undefined && !name.includes(values.only)) continue
      const changed = known.map(
        ({ image, boundaries }, seed): RobustnessTask => ({
          file: image.file,
          seed,
          transform: { name, known: boundaries },
        }),
      )
      show(name, known, await threads.run(changed, () => undefined, signal))
    }
  } finally {
    await threads.close()
  }
}

/** The first, third, fifth … image of each eye, at most `perEye`. */
function someOfEach(images: readonly EyeImage[]): EyeImage[] {
  const seen = new Map<string, number>()
  return images.filter((image) => {
    const eye = eyeOf(image)
    const count = seen.get(eye) ?? 0
    seen.set(eye, count + 1)
    return count % 2 === 0 && count < 2 * perEye
  })
}

function eyeOf({ subject, eye }: EyeImage): string {
  return `${subject} ${eye}`
}

function heading(all: number, known: number): void {
  process.stdout.write(`${all} images, ${known} encoded untouched; T1 ${T1.toFixed(4)}\n`)
  process.stdout.write(
    `${'transform'.padEnd(17)} refused    EER   @1e-3  >T1 own  >T1 genuine  limbus p50  p90  pupil p50  p90  refused for\n`,
  )
}

function show(name: string, known: readonly Known[], answers: readonly RobustnessAnswer[]): void {
  const encoded = answers.flatMap((answer, of): Encoded[] =>
    answer.outcome === 'encoded' ? [{ ...answer, of }] : [],
  )
  const { own, genuine, impostor } = scoresOf(known, encoded)
  const limbus = encoded.map(({ limbusShift }) => limbusShift)
  const pupil = encoded.map(({ pupilShift }) => pupilShift)
  const figures = {
    transform: name,
    refused: (answers.length - encoded.length) / answers.length,
    eer: equalErrorRate(genuine, impostor),
    fnmrAt1e3: above(genuine, impostor[Math.floor(impostor.length / 1000)] ?? 0),
    ownAboveT1: above(own, T1),
    genuineAboveT1: above(genuine, T1),
    limbusShift: [quantile(limbus, 0.5), quantile(limbus, 0.9)] as const,
    pupilShift: [quantile(pupil, 0.5), quantile(pupil, 0.9)] as const,
    reasons: reasonsOf(answers),
  }
  if (values.json) {
    process.stdout.write(`${JSON.stringify(figures)}\n`)
    return
  }
  const share = (value: number, width: number) => `${(100 * value).toFixed(2)}%`.padStart(width)
  const pixels = (value: number, width: number) => value.toFixed(1).padStart(width)
  const reasons = Object.entries(figures.reasons).map(([reason, count]) => `${reason} ${count}`)
  process.stdout.write(
    `${name.padEnd(17)}${share(figures.refused, 8)}${share(figures.eer, 8)}${share(figures.fnmrAt1e3, 8)}` +
      `${share(figures.ownAboveT1, 9)}${share(figures.genuineAboveT1, 13)}` +
      `${pixels(figures.limbusShift[0], 12)}${pixels(figures.limbusShift[1], 5)}` +
      `${pixels(figures.pupilShift[0], 11)}${pixels(figures.pupilShift[1], 5)}  ${reasons.join(', ')}\n`,
  )
}

/** How often each reason for a refusal was given. */
function reasonsOf(answers: readonly RobustnessAnswer[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const answer of answers) {
    if (answer.outcome === 'refused') counts[answer.reason] = (counts[answer.reason] ?? 0) + 1
  }
  return counts
}

/** Scores 0..1 in ascending order; what could not be compared is 1. */
function scoresOf(known: readonly Known[], encoded: readonly Encoded[]) {
  const own: number[] = []
  const genuine: number[] = []
  const impostor: number[] = []
  for (const { of, template } of encoded) {
    const probe = decodeIrisTemplate(template)
    const self = known[of] as Known
    own.push(fraction(probe, self.template))
    for (const other of known) {
      if (other !== self && eyeOf(other.image) === eyeOf(self.image)) {
        genuine.push(fraction(probe, other.template))
      }
    }
    for (let k = 1; k <= STRANGERS; k++) {
      const other = known[(of + 7 * k) % known.length] as Known
      // The left and right eyes of a person are strangers too, yet labels of a person may be doubtful.
      if (other.image.subject === self.image.subject) continue
      impostor.push(fraction(probe, other.template, Number.NaN))
    }
  }
  const ascending = (scores: number[]) =>
    scores.filter((score) => !Number.isNaN(score)).sort((a, b) => a - b)
  return { own: ascending(own), genuine: ascending(genuine), impostor: ascending(impostor) }
}

function fraction(a: IrisTemplate, b: IrisTemplate, none = 1): number {
  const comparison = compareIris(a, b)
  if (comparison.outcome !== 'compared') return none
  return comparison.score.numeratorBits / comparison.score.commonBits
}

/** Share of ascending scores above a threshold. */
function above(scores: readonly number[], threshold: number): number {
  return scores.filter((score) => score > threshold).length / Math.max(1, scores.length)
}

/** Where as many genuine scores lie above as impostor scores at or below. */
function equalErrorRate(genuine: readonly number[], impostor: readonly number[]): number {
  const crossing = impostor.findIndex(
    (score, i) => (i + 1) / impostor.length >= above(genuine, score),
  )
  return above(genuine, impostor[Math.max(0, crossing)] ?? 0)
}

function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(share * sorted.length)] ?? 0
}
