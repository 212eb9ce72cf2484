import type { Kernel } from '../../biometrics/search/kernel.ts'
import { skimLimits } from '../../biometrics/search/skim-limits.ts'
import { EYES, SLAB_PERSONS } from '../../biometrics/search/slab-layout.ts'
import { type Plan, SlabMemory } from '../../biometrics/search/slab-memory.ts'
import { duplicateThresholds } from '../../protocol/duplicate-rule.ts'
import type { Words } from '../synthetic-irises.ts'
import { strangerProbe, strangers } from './population.ts'

/** Shares of strangers' eyes that the sketch's parts do not pass over. */
export type Survivors = {
  readonly twoSets: number
  readonly threeSets: number
  readonly sketch: number
}

/** `probes` probes over one slab of strangers, behind whom `pool` irises stand. */
export type SurvivorOptions = {
  readonly gallerySize: number
  readonly probes: number
  readonly pool: number
}

/** Above each sum: a step with this limit passes over nothing. */
const NO_LIMIT = 20_000

/** Counts survivors; undefined where the kernel keeps no sketches. */
export function countSurvivors(
  kernel: Kernel | undefined,
  { gallerySize, probes, pool }: SurvivorOptions,
  words: Words,
): Survivors | undefined {
  if (!kernel || kernel.backend === 'scalar') return undefined
  const memory = new SlabMemory(kernel)
  const next = strangers(words, pool)
  for (let row = 0; row < SLAB_PERSONS; row++) {
    const person = next()
    for (const eye of EYES) memory.put(row, eye, person[eye])
  }
  const own = Array.from({ length: probes }, () => strangerProbe(words))
  const share = (plan: Plan): number => {
    const kept = own.flatMap((probe) =>
      EYES.flatMap((eye) => {
        const template = probe[eye]
        if (!template) return []
        return memory.survivors(0, SLAB_PERSONS, eye, memory.load(eye, template, plan))
      }),
    )
    return Number((kept.length / (EYES.length * probes * SLAB_PERSONS)).toPrecision(2))
  }
  const limits = skimLimits(duplicateThresholds(gallerySize).oneEye)
  return {
    twoSets: share({ name: 'skim', limits: { ...limits, three: NO_LIMIT, all: NO_LIMIT } }),
    threeSets: share({ name: 'skim', limits: { ...limits, all: NO_LIMIT } }),
    sketch: share({ name: 'skim', limits }),
  }
}
