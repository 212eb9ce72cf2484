import { fuseIris } from '../../../biometrics/iris/fuse.ts'
import { concat } from '../../../protocol/bytes.ts'
import {
  decodeIrisTemplate,
  encodeIrisTemplate,
  IRIS_TEMPLATE_BYTES,
} from '../../../protocol/iris-template.ts'
import type { Capture, Presentation } from './captures.ts'
import { type EncodedSet, scoreSet, shared, type Workshop } from './encoded-set.ts'
import type { PairTable } from './pair-table.ts'

/** Presentations and the scores of their frames. */
export type ScoredPresentations = {
  readonly presentations: readonly Presentation[]
  readonly table: PairTable
}

/** Presentations whose frames of an eye became one template by vote, and these templates in a row. */
export type FusedFrames = {
  readonly presentations: readonly Presentation[]
  readonly templates: readonly Uint8Array[]
}

/** Makes one template of the frames of each eye (`fuseIris`, the best image first). */
export function fuseFrames(
  presentations: readonly Presentation[],
  { captures, templates }: Pick<EncodedSet, 'captures' | 'templates'>,
): FusedFrames {
  const quality = new Map(captures.map((capture) => [capture.template, qualityOf(capture)]))
  const fused: Uint8Array[] = []
  const fuse = (frames: readonly number[]): readonly number[] => {
    const ranked = frames.toSorted((a, b) => (quality.get(b) ?? 0) - (quality.get(a) ?? 0))
    const found = fuseIris(ranked.map((row) => templateAt(templates, row)))
    if (found === undefined) return []
    fused.push(encodeIrisTemplate(found.template))
    return [fused.length - 1]
  }
  const made = presentations.map(({ person, eyes }) => ({
    person,
    eyes: new Map([...eyes].map(([eye, frames]) => [eye, fuse(frames)] as const)),
  }))
  return { presentations: made, templates: fused }
}

/** The same, with each fused template scored against each other. */
export async function scoreFused(
  presentations: readonly Presentation[],
  set: EncodedSet,
  workshop: Workshop,
): Promise<ScoredPresentations> {
  const fused = fuseFrames(presentations, set)
  const templates = shared(concat(...fused.templates))
  const table = await scoreSet({ templates, encoded: fused.templates.length }, workshop)
  return { presentations: fused.presentations, table }
}

function templateAt(templates: Uint8Array, row: number): ReturnType<typeof decodeIrisTemplate> {
  const start = row * IRIS_TEMPLATE_BYTES
  return decodeIrisTemplate(templates.subarray(start, start + IRIS_TEMPLATE_BYTES))
}

function qualityOf({ quality = 0 }: Capture): number {
  return quality
}
