import { encodeIris } from '../../../biometrics/iris/encode.ts'
import { loadKernel } from '../../../biometrics/search/kernel.ts'
import { sampleConditions } from '../../../hardware/orb/eye-renderer/conditions.ts'
import { createEyeRenderer } from '../../../hardware/orb/eye-renderer/renderer.ts'
import { createRandom, seedOf } from '../../../hardware/sim/random.ts'
import { concat } from '../../../protocol/bytes.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import { encodeIrisTemplate } from '../../../protocol/iris-template.ts'
import { type Capture, capturesOf } from '../evaluate/captures.ts'
import type { PairTable } from '../evaluate/pair-table.ts'
import { emptyPairTable } from '../evaluate/pair-table.ts'
import type { Progress } from '../evaluate/progress.ts'
import { scorePairs } from '../evaluate/score-pairs.ts'

/** Rendered persons, both eyes once each, with their scores. */
export type RenderedSet = {
  readonly captures: readonly Capture[]
  readonly table: PairTable
}

/** Renders and encodes `persons` persons in mixed conditions; bad captures are refused as real ones are. */
export async function renderedSet(
  persons: number,
  progress: Progress,
  signal: AbortSignal,
): Promise<RenderedSet> {
  const renderer = createEyeRenderer(2)
  const requests = Array.from({ length: 2 * persons }, (_, i) => ({
    person: Math.floor(i / 2),
    eye: i % 2 === 0 ? ('left' as const) : ('right' as const),
  }))
  const records: (Uint8Array | undefined)[] = []
  for (const { person, eye } of requests) {
    if (signal.aborted) throw new PersonhoodError('call.aborted', 'stopped before the end')
    progress.show('rendering', records.length, requests.length)
    const seed = createRandom(person, seedOf(eye)).int(0x1_00_00_00_00)
    const capture = sampleConditions(seed)
    const result = encodeIris(renderer.render({ person, eye, capture }))
    records.push(result.outcome === 'encoded' ? encodeIrisTemplate(result.template) : undefined)
    // Lets a signal arrive.
    await new Promise((resolve) => setImmediate(resolve))
  }
  const images = requests.map(({ person, eye }) => {
    const name = `${person} ${eye}`
    return { file: name, path: name, subject: String(person), label: String(person), eye }
  })
  const captures = capturesOf(images, (i) => (records[i] ? { quality: 0 } : undefined))
  const found = records.filter((record) => record !== undefined)
  const table = emptyPairTable(found.length)
  const part = { templates: concat(...found), words: table.words, first: 0, step: 1 }
  scorePairs(part, await loadKernel())
  progress.end()
  return { captures, table }
}
