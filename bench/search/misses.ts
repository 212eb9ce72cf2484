import {
  comparePersons,
  type GalleryPerson,
  type PersonEyes,
  type SearchResult,
} from '../../biometrics/search/exhaustive.ts'
import { decideDuplicate, duplicateThresholds } from '../../protocol/duplicate-rule.ts'
import type { Words } from '../synthetic-irises.ts'
import { hardMate, type Kind, type Mate } from './population.ts'

/** Mates whom the rule calls candidates, and what the fast search made of them. */
export type Misses = {
  readonly mates: number
  readonly matesBothEyes: number
  readonly matesOneEye: number
  /** Mates by the score of their better eye: ten counts, .04 each from 0. */
  readonly byBetterEye: readonly number[]
  readonly misses: number
  readonly missesBothEyes: number
  readonly missesOneEye: number
  /** Candidates of the fast search that are none of the rule. */
  readonly wronglyFound: number
}

/** Mates that are enrolled at a time. */
const BATCH = 1000
const BINS = 10
const BIN = 0.04

/** Enrols some persons and gives the search over them. */
export type Enrol = (persons: readonly GalleryPerson[]) => (probe: PersonEyes) => SearchResult

/** Enrols hard mates and looks for each of them; the plain comparison is the judge. */
export function countMisses(
  enrol: Enrol,
  { mates, gallerySize }: { readonly mates: number; readonly gallerySize: number },
  words: Words,
  onBatch: (done: number) => void,
): Misses {
  const counts = { 'both-eyes': 0, 'one-eye': 0 }
  const missed = { 'both-eyes': 0, 'one-eye': 0 }
  const byBetterEye = new Array<number>(BINS).fill(0)
  let wronglyFound = 0
  for (let done = 0; done < mates; done += BATCH) {
    const batch = matesBatch(Math.min(BATCH, mates - done), gallerySize, words)
    const search = enrol(batch.map(({ enrolled }, i) => ({ handle: `${i}`, ...enrolled })))
    for (const [i, { probe, kind, enrolled }] of batch.entries()) {
      const { candidates } = search(probe)
      counts[kind]++
      if (!candidates.some(({ handle }) => handle === `${i}`)) missed[kind]++
      wronglyFound += candidates.filter(
        ({ handle }) => !isCandidate(probe, batch[Number(handle)]?.enrolled, gallerySize),
      ).length
      const bin = Math.min(BINS - 1, Math.floor(betterScore(probe, enrolled) / BIN))
      byBetterEye[bin] = (byBetterEye[bin] ?? 0) + 1
    }
    onBatch(done + batch.length)
  }
  return {
    mates: counts['both-eyes'] + counts['one-eye'],
    matesBothEyes: counts['both-eyes'],
    matesOneEye: counts['one-eye'],
    byBetterEye,
    misses: missed['both-eyes'] + missed['one-eye'],
    missesBothEyes: missed['both-eyes'],
    missesOneEye: missed['one-eye'],
    wronglyFound,
  }
}

/** `count` mates who are candidates of the rule, every other with one eye only. */
export function matesBatch(count: number, gallerySize: number, words: Words): readonly Mate[] {
  const { oneEye, bothEyes } = duplicateThresholds(gallerySize)
  const batch: Mate[] = []
  while (batch.length < count) {
    const kind: Kind = batch.length % 2 === 0 ? 'both-eyes' : 'one-eye'
    const most = (kind === 'both-eyes' ? bothEyes : oneEye) / 1024
    const mate = hardMate(kind, most, words)
    if (isCandidate(mate.probe, mate.enrolled, gallerySize)) batch.push(mate)
  }
  return batch
}

function isCandidate(
  probe: PersonEyes,
  enrolled: PersonEyes | undefined,
  gallerySize: number,
): boolean {
  const scores = comparePersons(probe, enrolled ?? {})
  return decideDuplicate(scores, gallerySize).outcome === 'candidate'
}

function betterScore(probe: PersonEyes, enrolled: PersonEyes): number {
  const { left, right } = comparePersons(probe, enrolled)
  const of = (score: typeof left) => (score ? score.numeratorBits / score.commonBits : 1)
  return Math.min(of(left), of(right))
}
