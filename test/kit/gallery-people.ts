import type { Test } from 'tap'
import type { GalleryPerson, PersonEyes } from '../../biometrics/search/exhaustive.ts'
import { type BiometricReference, irisReference } from '../../protocol/biometric-reference.ts'
import type { EyeScore } from '../../protocol/duplicate-rule.ts'
import { IRIS_PLANE_WORDS, type IrisTemplate } from '../../protocol/iris-template.ts'
import type { OracleCandidate } from '../../runtime/duplicate-oracle.ts'
import { type Gallery, type GalleryOptions, openGallery } from '../../runtime/gallery.ts'
import type { Store } from '../../runtime/store.ts'
import { randomTemplate, seededWords, turned, withFlippedBits, withMask } from './iris-codes.ts'

/** A handle as the stations make them: 16 bytes in hex. */
export function handleOf(n: number): string {
  return (0x5e_ed_00_00 + n).toString(16).padStart(32, '7')
}

/** The references of a person's eyes. */
export function referencesOf({ left, right }: PersonEyes): readonly BiometricReference[] {
  return [
    ...(left ? [irisReference('left', left, 80)] : []),
    ...(right ? [irisReference('right', right, 80)] : []),
  ]
}

/** A probe of which most of both eyes is usable. */
export function probeEyes(seed: number): {
  readonly left: IrisTemplate
  readonly right: IrisTemplate
} {
  const words = seededWords(seed)
  return {
    left: withMask(randomTemplate(seed), mostly(words)),
    right: withMask(randomTemplate(seed + 1), mostly(words)),
  }
}

/**
 * People whom a search may get wrong: mates of the probe at all turns and near the thresholds, by
 * one eye or both; absent eyes; masks that are empty, full, narrow, or disjoint from the probe's.
 * Mates that are clear are near and turned by odd columns: the first look at a sketch is at every
 * other turn, and random codes, unlike those of eyes, are nothing alike one column further.
 */
export function adversarialPeople(
  probe: Required<ReturnType<typeof probeEyes>>,
  count: number,
  seed: number,
  isClear = false,
): readonly GalleryPerson[] {
  const words = seededWords(seed)
  const eye = (own: IrisTemplate): IrisTemplate | undefined => {
    const kind = words() % 12
    const turn = words() % 33
    const shift = (isClear ? Math.min(turn | 1, 31) : turn) - 16
    const mate = withFlippedBits(turned(own, shift), words() % (isClear ? 200 : 420), words())
    const masks = [mostly(words), columns(0), columns(256), columns(words() % 80), columns(64)]
    if (kind === 0) return undefined
    if (kind === 1) return withMask(mate, inverse(own.planes().mask))
    if (kind < 7) return withMask(mate, masks[words() % 5] ?? mostly(words))
    return withMask(randomTemplate(words()), masks[words() % 5] ?? mostly(words))
  }
  return Array.from({ length: count }, (_, n) => ({
    handle: handleOf(n),
    left: eye(probe.left),
    right: eye(probe.right),
  }))
}

/** Makes people durable and takes them into the search. */
export async function enrol(
  gallery: Gallery,
  store: Store,
  people: readonly GalleryPerson[],
): Promise<void> {
  const writes = people.flatMap(({ handle, ...eyes }) => gallery.writes(handle, referencesOf(eyes)))
  await store.commit({ writes })
  for (const { handle, ...eyes } of people) gallery.admit(handle, referencesOf(eyes))
}

function mostly(words: () => number): Uint32Array {
  return Uint32Array.from({ length: IRIS_PLANE_WORDS }, () => words() | words() | words())
}

function columns(count: number): Uint32Array {
  return Uint32Array.from({ length: IRIS_PLANE_WORDS }, (_, at) => (at < count ? 0xff_ff_ff_ff : 0))
}

function inverse(mask: Uint32Array): Uint32Array {
  return mask.map((word) => ~word)
}

/** The ways in which a gallery may search. */
export const WAYS: readonly GalleryOptions[] = [
  { memory: 'resident', threads: 0 },
  { memory: 'resident', threads: 1, workersAbove: 0 },
  { memory: 'resident', threads: 2, workersAbove: 0 },
  { memory: 'lean', threads: 0 },
  { memory: 'lean', threads: 2, workersAbove: 0 },
]

/** A gallery that is closed with the test. */
export async function opened(t: Test, store: Store, options: GalleryOptions): Promise<Gallery> {
  const gallery = await openGallery(store, options)
  t.teardown(() => gallery.close())
  return gallery
}

/** Handles and scores as short texts, for a comparison that is quick to print. */
export function figuresOf({
  candidates,
}: {
  readonly candidates: readonly Pick<OracleCandidate, 'handle' | 'scores'>[]
}): readonly string[] {
  const text = (score: EyeScore | undefined) =>
    score ? `${score.numeratorBits}/${score.commonBits}` : 'none'
  return candidates.map(
    ({ handle, scores }) => `${handle} ${text(scores.left)} ${text(scores.right)}`,
  )
}
