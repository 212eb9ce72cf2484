import { encodeCodedTemplate } from '../../biometrics/iris/coder/template-coder.ts'
import { encodeFile } from '../../cli/iris/encode-file.ts'
import { readEyeSet } from '../../cli/iris/eye-set.ts'

/** Lengths of coded templates in bytes, ascending. */
export type CodedLengths = {
  readonly templates: readonly number[]
  /** Both eyes of one person: the first frames with each other, then the second, and so on. */
  readonly pairs: readonly number[]
  /** The pairs of every fifth person, whom the weights were not made from (bench/iris-coder/). */
  readonly heldOutPairs: readonly number[]
}

const HELD_OUT = 5

/** Encodes and codes each image of an eye set; frames without an eye are left out. */
export async function codeEyeSet(folder: string, signal: AbortSignal): Promise<CodedLengths> {
  const images = await readEyeSet(folder)
  const subjects = [...new Set(images.map(({ subject }) => subject))].sort()
  const lengths = new Map<string, { left: number[]; right: number[] }>()
  for (const { file, subject, eye } of images) {
    signal.throwIfAborted()
    const { result } = await encodeFile(file)
    if (result.outcome !== 'encoded') continue
    const ofSubject = lengths.get(subject) ?? { left: [], right: [] }
    lengths.set(subject, ofSubject)
    const ofEye = eye === 'right' ? ofSubject.right : ofSubject.left
    ofEye.push(encodeCodedTemplate(result.template).length)
  }
  const pairsOf = (chosen: readonly string[]): readonly number[] =>
    ascending(chosen.flatMap((subject) => paired(lengths.get(subject))))
  return {
    templates: ascending([...lengths.values()].flatMap(({ left, right }) => [...left, ...right])),
    pairs: pairsOf(subjects),
    heldOutPairs: pairsOf(subjects.filter((_, i) => i % HELD_OUT === 0)),
  }
}

function paired(
  eyes: { readonly left: readonly number[]; readonly right: readonly number[] } | undefined,
): readonly number[] {
  const { left = [], right = [] } = eyes ?? {}
  const count = Math.min(left.length, right.length)
  return left.slice(0, count).map((length, i) => length + (right[i] ?? 0))
}

function ascending(numbers: readonly number[]): readonly number[] {
  return [...numbers].sort((a, b) => a - b)
}
