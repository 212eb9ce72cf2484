import { chmod, readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { decodeImage } from '../../../biometrics/image/decode.ts'
import { encodePng } from '../../../biometrics/image/png.ts'
import { encodeIris } from '../../../biometrics/iris/encode.ts'
import { Exit, type Io } from '../../io.ts'
import { parseUsage, usageError, wholeNumber } from '../../usage.ts'
import { type EyeImage, readEyeSet } from '../eye-set.ts'
import type { Capture } from './captures.ts'
import { type Evaluation, evaluateEyes } from './evaluate.ts'
import { plotEvaluation } from './evaluation-plot.ts'
import { evaluationJson, evaluationText } from './evaluation-text.ts'
import { type FailurePair, worstPairs } from './failures.ts'
import { drawMontage, type MontageTile } from './montage.ts'
import { reportOf } from './report.ts'
import { imagesOfPart, readSplit } from './split.ts'

/** Help of `iris evaluate`. */
export const EVALUATE_HELP = `personhood iris evaluate DIR [--json] [--plot FILE.svg] [--split FILE --part NAME] [--frames K]
                        [--against DIR] [--montage FILE.png] [--replicates N] [--seed N]
  Encodes all images of DIR/index.csv (header path,subject,eye or path,subject,eye,visit),
  compares each with each, and prints error rates.
  --plot        draws the score distributions and the DET curve with its 95 % band
  --split       a frozen split: lines "part NAME: 001-112 134" and "same: 176=012" (176 is the
                person 012), # starts a comment; --part says which part is evaluated
  --frames      K images of an eye make one template: by the least score over the frames, and with
                their codes fused (a vote on each bit, from three frames on)
  --against     scores all images against another set's, as strangers
  --montage     worst genuine (left) and best impostor pairs (right): a file of eye images, that is
                biometric data, for its owner only (0600)
  --replicates  resamples for the 95 % intervals (default 200; drawn by person), --seed (default 1)
  JSON: images, refused, genuine, impostor, dprime, eer, fnmr_at_1e3, fnmr_at_1e4,
  fnmr_at_zero_fm, could_not_compare, ms_p50, ms_p95 (rates 0..1, null where the set is too small);
  intervals {eer, fnmr_at_1e3, fnmr_at_1e4, fnmr_at_zero_fm: [low, high] or null; persons,
  bound_if_none: at most this share of persons has an error where none is seen; replicates, seed};
  two_eyes {presentations, refused, mean, either, both (the mean of pairs whose eyes were both compared):
  figures and intervals as above; rule: [{up_to_persons,
  one_eye, both_eyes, genuine, impostor, missed, false_candidates}]} or null where no visit has both;
  multi_frame {frames, presentations, refused, single_eye, two_eyes, fused {single_eye, two_eyes}}
  with --frames;
  quality_bands {threshold, bands: [{least, most, images, genuine, impostor, fnmr, fmr}]};
  label_errors [{subjects, evidence: both-eyes or one-eye, eyes: [{eye, pairs, least, median}]}];
  cross {images, refused, impostor, could_not_compare, mean, sd, least, fmr_at_threshold_1e3,
  fmr_at_threshold_1e4, at_most_t1} with --against.
`

/** Options of the commands that read a set of eyes. */
export const EYE_SET_OPTIONS = {
  json: { type: 'boolean' },
  split: { type: 'string' },
  part: { type: 'string' },
  seed: { type: 'string', default: '1' },
} as const

const OPTIONS = {
  ...EYE_SET_OPTIONS,
  plot: { type: 'string' },
  frames: { type: 'string', default: '1' },
  against: { type: 'string' },
  montage: { type: 'string' },
  replicates: { type: 'string', default: '200' },
} as const

/** `personhood iris evaluate`. */
export async function evaluate(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseUsage(args, OPTIONS)
  const [folder, ...more] = positionals
  if (folder === undefined || more.length > 0) throw usageError('which folder? iris evaluate DIR')
  const at = (path: string) => resolve(io.cwd, path)
  const resampling = {
    replicates: wholeNumber('--replicates', values.replicates, 0, 10_000),
    seed: wholeNumber('--seed', values.seed, 0, 0xff_ff_ff_ff),
  }
  const frames = wholeNumber('--frames', values.frames, 1, 20)
  const images = await imagesOf(at(folder), values, io)
  const others = values.against === undefined ? undefined : await readEyeSet(at(values.against))
  const evaluation = await evaluateEyes(images, { others, frames, resampling }, io)
  const { refusals, across } = evaluation
  for (const { path, reason } of [...refusals, ...(across?.refusals ?? [])]) {
    io.stderr(`refused ${path}: ${reason}\n`)
  }
  const report = reportOf(evaluation, resampling, frames)
  const write = values.json === true ? evaluationJson : evaluationText
  io.stdout(write(evaluation, report))
  // Last: a picture that cannot be written costs no figures.
  if (values.plot !== undefined) await writeFile(at(values.plot), plotEvaluation(evaluation))
  if (values.montage !== undefined) await writeMontage(at(values.montage), evaluation, io)
  return Exit.ok
}

/** The images of a folder, or those of a part of a split. */
export async function imagesOf(
  folder: string,
  { split, part }: { readonly split?: string | undefined; readonly part?: string | undefined },
  io: Io,
): Promise<readonly EyeImage[]> {
  if ((split === undefined) !== (part === undefined)) {
    throw usageError('--split FILE and --part NAME belong together')
  }
  const images = await readEyeSet(folder)
  if (split === undefined || part === undefined) return images
  return imagesOfPart(images, await readSplit(resolve(io.cwd, split)), part)
}

/** Pairs shown on each side of a montage. */
const MONTAGE_PAIRS = 12

async function writeMontage(file: string, { captures, table }: Evaluation, io: Io): Promise<void> {
  const { genuine, impostor } = worstPairs(captures, table, MONTAGE_PAIRS)
  const tiles = new Map<string, MontageTile>()
  for (const { a, b } of [...genuine, ...impostor]) {
    for (const capture of [a, b]) {
      if (!tiles.has(capture.path)) tiles.set(capture.path, await tileOf(capture))
    }
  }
  const blank = { image: { width: 1, height: 1, pixels: new Uint8Array(1) } }
  const pictures = (pairs: readonly FailurePair[]) =>
    pairs.map(({ a, b }) => [tiles.get(a.path) ?? blank, tiles.get(b.path) ?? blank] as const)
  const png = encodePng(drawMontage(pictures(genuine), pictures(impostor)))
  await writeFile(file, png, { mode: 0o600 })
  // A file that was there before keeps its mode.
  await chmod(file, 0o600)
  const told = (kind: string, pairs: readonly FailurePair[]) =>
    pairs.forEach(({ a, b, score }, row) => {
      io.stderr(`${kind} row ${row + 1}: ${a.path} ${b.path} ${score?.toFixed(4) ?? 'no score'}\n`)
    })
  told('genuine', genuine)
  told('impostor', impostor)
  io.stderr(
    `${file} shows eyes of real people: biometric data, for you alone, never to be shared\n`,
  )
}

async function tileOf({ file }: Capture): Promise<MontageTile> {
  const image = decodeImage(new Uint8Array(await readFile(file)))
  return { image, boundaries: encodeIris(image).boundaries }
}
