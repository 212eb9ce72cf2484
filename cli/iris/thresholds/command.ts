import { resolve } from 'node:path'
import { Exit, type Io } from '../../io.ts'
import { parseUsage, usageError, wholeNumber } from '../../usage.ts'
import { personCount } from '../evaluate/captures.ts'
import { EYE_SET_OPTIONS, imagesOf } from '../evaluate/command.ts'
import { evaluateEyes } from '../evaluate/evaluate.ts'
import { progressBar } from '../evaluate/progress.ts'
import { type Derived, deriveThresholds } from './derive.ts'
import { type ImpostorPairs, oneEyeImpostors, twoEyeImpostors } from './impostor-pairs.ts'
import { renderedSet } from './rendered.ts'
import { isTableInForce, limitsText, spreadOf, tableText, tailCheck } from './text.ts'

/** Help of `iris thresholds`. */
export const THRESHOLDS_HELP = `personhood iris thresholds DIR [--json] [--split FILE --part NAME] [--rendered N]
                           [--replicates N] [--seed N]
  Derives the table of the duplicate rule from the scores of strangers in DIR (as for evaluate, with
  both eyes of each visit): at most 1e-3 false candidates expected per enrolment at each gallery
  size. Prints the models, the table and what the data cannot support. --rendered N compares N
  rendered persons with the model. Exit 1 when the table in force is another one.
  JSON: persons, one_eye_pairs, two_eye_pairs, model {freeBits, spread, rotations}, correlation,
  tails {oneEye, twoEyes: [{start, share, scale, shape, pairs}]}, check and rendered_check [{score,
  observed, modelled}], rendered {persons, pairs, mean, sd}, rows [{upToPersons, oneEye, bothEyes,
  oneEyeShare, bothEyesShare, candidates, expected}] (each estimate: fit and pessimistic bound over
  persons drawn again), in_force.
`

const OPTIONS = {
  ...EYE_SET_OPTIONS,
  rendered: { type: 'string', default: '0' },
  replicates: { type: 'string', default: '80' },
} as const

/** Most false candidates expected per enrolment. */
const FALSE_CANDIDATES = 1e-3
/** Where the tail begins is a guess, so three are tried. */
const TAIL_SHARES = [3e-4, 1e-3, 3e-3]

/** `personhood iris thresholds`. */
export async function thresholds(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseUsage(args, OPTIONS)
  const [folder, ...more] = positionals
  if (folder === undefined || more.length > 0) throw usageError('which folder? iris thresholds DIR')
  const replicates = wholeNumber('--replicates', values.replicates, 1, 10_000)
  const seed = wholeNumber('--seed', values.seed, 0, 0xff_ff_ff_ff)
  const rendered = wholeNumber('--rendered', values.rendered, 0, 2000)
  const images = await imagesOf(resolve(io.cwd, folder), values, io)
  const { captures, persons, table } = await evaluateEyes(
    images,
    { others: undefined, frames: 1, resampling: { replicates: 0, seed } },
    io,
  )
  const measured = {
    oneEye: oneEyeImpostors(captures, persons, table),
    twoEyes: twoEyeImpostors(captures, persons, table),
  }
  if (measured.oneEye.pairs.length < 10_000 || measured.twoEyes.pairs.length < 10_000) {
    throw usageError(`${folder}: too few pairs of strangers with both eyes for any table`)
  }
  const derivation = {
    falseCandidates: FALSE_CANDIDATES,
    tailShares: TAIL_SHARES,
    replicates,
    seed,
  }
  const derived = deriveThresholds(measured, derivation)
  const report = {
    persons,
    one_eye_pairs: measured.oneEye.pairs.length,
    two_eye_pairs: measured.twoEyes.pairs.length,
    model: derived.fits.model,
    correlation: derived.fits.correlation,
    tails: { oneEye: derived.fits.oneEye, twoEyes: derived.fits.twoEyes },
    check: tailCheck(measured.oneEye, derived),
    ...(rendered > 0 && (await renderedReport(rendered, derived, io))),
    rows: derived.rows,
    in_force: isTableInForce(derived.rows),
  }
  io.stdout(values.json === true ? `${JSON.stringify(report)}\n` : textOf(report, derived))
  return report.in_force ? Exit.ok : Exit.no
}

async function renderedReport(persons: number, derived: Derived, io: Io) {
  const { captures, table } = await renderedSet(persons, progressBar(io), io.signal)
  const pairs: ImpostorPairs = oneEyeImpostors(captures, personCount(captures), table)
  return {
    rendered: { persons, pairs: pairs.pairs.length, ...spreadOf(pairs) },
    rendered_check: tailCheck(pairs, derived),
  }
}

function textOf(report: Readonly<Record<string, unknown>>, derived: Derived): string {
  const { rows: _, ...facts } = report
  const lines = Object.entries(facts).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  const rows = derived.rows.map(
    ({ upToPersons, candidates }) => `  up to ${upToPersons}: ${JSON.stringify(candidates)}`,
  )
  return `${[...lines, ...rows, tableText(derived.rows), ...limitsText(derived)].join('\n')}\n`
}
