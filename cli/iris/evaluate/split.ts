import { readFile } from 'node:fs/promises'
import { PersonhoodError } from '../../../protocol/errors.ts'
import type { EyeImage } from '../eye-set.ts'

/** A frozen split: which subject labels belong to which part, and which labels are one person. */
export type Split = {
  readonly parts: ReadonlyMap<string, ReadonlySet<string>>
  /** From a label to the label that it counts as. */
  readonly merges: ReadonlyMap<string, string>
}

const MAX_LABELS = 200_000

/** Reads a split file; throws `file.missing` or `bytes.split`. */
export async function readSplit(file: string): Promise<Split> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw new PersonhoodError('file.missing', `${file}: no readable split file`, { cause })
  }
  return parseSplit(text, file)
}

/**
 * The split in a text of lines `part NAME: LABEL LABEL-LABEL …` and `same: a=b …` (a counts as b);
 * `#` starts a comment. A range counts numbers of equal width. All problems are told at once: a
 * label in two parts, or one person's labels in different parts, would be no split.
 */
export function parseSplit(text: string, name: string): Split {
  const parts = new Map<string, Set<string>>()
  const merges = new Map<string, string>()
  const problems: string[] = []
  text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .forEach((line, i) => {
      const problem = readLine(line.replace(/#.*/, '').trim(), parts, merges)
      if (problem) problems.push(`line ${i + 1} ${problem}`)
    })
  if (parts.size === 0) problems.push('it names no part')
  problems.push(...crossings(parts, merges))
  if (problems.length > 0) {
    throw new PersonhoodError('bytes.split', `${name}: ${problems.slice(0, 10).join('; ')}`)
  }
  return { parts, merges }
}

/** The images of a part, with merged labels; `label` keeps what the index says. */
export function imagesOfPart(
  images: readonly EyeImage[],
  split: Split,
  part: string,
): readonly EyeImage[] {
  const labels = split.parts.get(part)
  if (!labels) {
    const names = [...split.parts.keys()].join(', ')
    throw new PersonhoodError('call.usage', `the split has no part "${part}", only: ${names}`)
  }
  const kept = images
    .filter(({ label }) => labels.has(label))
    .map((image) => ({ ...image, subject: split.merges.get(image.label) ?? image.subject }))
  if (kept.length === 0) {
    throw new PersonhoodError('bytes.split', `no image of the set belongs to the part "${part}"`)
  }
  return kept
}

function readLine(
  line: string,
  parts: Map<string, Set<string>>,
  merges: Map<string, string>,
): string | undefined {
  if (line === '') return undefined
  const found = /^(?:part\s+([\w.-]+)|(same))\s*:\s*(.*)$/.exec(line)
  if (!found) return 'is neither "part NAME: …" nor "same: a=b …"'
  const words = (found[3] ?? '').split(/[\s,]+/).filter((word) => word !== '')
  if (found[2] !== undefined) return readMerges(words, merges)
  const name = found[1] ?? ''
  const labels = parts.get(name) ?? new Set()
  parts.set(name, labels)
  for (const word of words) {
    const range = labelsOf(word)
    if (!range) return `has the broken range ${word}`
    for (const label of range) labels.add(label)
  }
  return labels.size > MAX_LABELS ? `makes more than ${MAX_LABELS} labels` : undefined
}

function readMerges(words: readonly string[], merges: Map<string, string>): string | undefined {
  for (const word of words) {
    const [from = '', to = '', ...more] = word.split('=')
    if (from === '' || to === '' || from === to || more.length > 0) return `: ${word} is not a=b`
    if (merges.has(from)) return `merges ${from} twice`
    merges.set(from, to)
  }
  return undefined
}

/** `007`, or `007-012` as the labels from one to the other. */
function labelsOf(word: string): readonly string[] | undefined {
  const range = /^(\d+)-(\d+)$/.exec(word)
  if (!range) return [word]
  const [from = '', to = ''] = range.slice(1)
  const count = Number(to) - Number(from) + 1
  if (from.length !== to.length || count < 1 || count > MAX_LABELS) return undefined
  return Array.from({ length: count }, (_, i) =>
    String(Number(from) + i).padStart(from.length, '0'),
  )
}

function crossings(
  parts: ReadonlyMap<string, ReadonlySet<string>>,
  merges: ReadonlyMap<string, string>,
): readonly string[] {
  const home = new Map<string, string>()
  const problems: string[] = []
  for (const [name, labels] of parts) {
    for (const label of labels) {
      if (home.has(label)) problems.push(`${label} is in ${home.get(label)} and in ${name}`)
      home.set(label, name)
    }
  }
  for (const [from, to] of merges) {
    if (merges.has(to)) problems.push(`${from}=${to}, and ${to} counts as another`)
    if (home.get(from) !== home.get(to)) problems.push(`${from}=${to} joins two parts`)
  }
  return problems
}
