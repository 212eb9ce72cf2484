import type { EyeImage } from '../eye-set.ts'

/** One image of a set as an evaluation sees it. */
export type Capture = {
  readonly path: string
  readonly file: string
  /** Number of the person, 0.. in the order of the index. */
  readonly person: number
  readonly subject: string
  readonly label: string
  readonly eye: string
  readonly visit?: string | undefined
  /** Row in the pair table; undefined where the image was refused. */
  readonly template?: number | undefined
  /** Quality 0..100 of an encoded image. */
  readonly quality?: number | undefined
}

/** Frames of one eye that are compared as one template: rows of the pair table, refused ones left out. */
export type Frames = readonly number[]

/** What is compared in the two-eye and multi-frame protocols: frames by eye, from one person. */
export type Presentation = {
  readonly person: number
  readonly eyes: ReadonlyMap<string, Frames>
}

/** The captures of a set; `encodedOf` tells of the image at an index, undefined when it was refused. */
export function capturesOf(
  images: readonly EyeImage[],
  encodedOf: (index: number) => { readonly quality: number } | undefined,
): readonly Capture[] {
  const persons = new Map<string, number>()
  let templates = 0
  return images.map(({ path, file, subject, label, eye, visit }, i) => {
    const person = persons.get(subject) ?? persons.size
    persons.set(subject, person)
    const encoded = encodedOf(i)
    const found = encoded && { template: templates++, quality: encoded.quality }
    return { path, file, person, subject, label, eye, visit, ...found }
  })
}

/** How many persons the captures show. */
export function personCount(captures: readonly Capture[]): number {
  return captures.reduce((most, { person }) => Math.max(most, person + 1), 0)
}

/** True when at least one frame of one eye gave a template; without any, a presentation is refused. */
export function isUsable({ eyes }: Presentation): boolean {
  return [...eyes.values()].some((frames) => frames.length > 0)
}

/** Presentations of one eye: `frames` images each, in the order of the index; a rest is left out. */
export function oneEyePresentations(
  captures: readonly Capture[],
  frames: number,
): readonly Presentation[] {
  return [...groupsOf(captures, ({ label, eye }) => `${label}\n${eye}`).values()].flatMap((group) =>
    blocksOf(group, frames).map((block) => presentationOf(block)),
  )
}

/**
 * Presentations of both eyes: the k-th left image of a label with its k-th right one (or the images
 * of one `visit`), `frames` such pairs each. A label without both eyes has none.
 */
export function twoEyePresentations(
  captures: readonly Capture[],
  frames: number,
): readonly Presentation[] {
  const found: Presentation[] = []
  for (const group of groupsOf(captures, ({ label }) => label).values()) {
    found.push(...blocksOf(visitsOf(group), frames).map((block) => presentationOf(block.flat())))
  }
  return found
}

function visitsOf(group: readonly Capture[]): readonly (readonly Capture[])[] {
  const seen = new Map<string, number>()
  const visits = groupsOf(group, ({ eye, visit }) => {
    if (visit !== undefined) return `visit ${visit}`
    const number = seen.get(eye) ?? 0
    seen.set(eye, number + 1)
    return `image ${number}`
  })
  const hasBoth = (visit: readonly Capture[]) =>
    ['left', 'right'].every((side) => visit.some(({ eye }) => eye === side))
  return [...visits.values()].filter(hasBoth)
}

function presentationOf(captures: readonly Capture[]): Presentation {
  const eyes = new Map<string, Frames>()
  for (const { eye, template } of captures) {
    const frames = eyes.get(eye) ?? []
    eyes.set(eye, template === undefined ? frames : [...frames, template])
  }
  return { person: captures[0]?.person ?? 0, eyes }
}

function blocksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const whole = Math.floor(items.length / size)
  return Array.from({ length: whole }, (_, i) => items.slice(i * size, (i + 1) * size))
}

function groupsOf<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const name = nameOf(item)
    const group = groups.get(name)
    if (group) group.push(item)
    else groups.set(name, [item])
  }
  return groups
}
