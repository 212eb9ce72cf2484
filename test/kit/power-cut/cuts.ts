import { basename, join } from 'node:path'
import { createRandom } from '../../../hardware/sim/random.ts'
import { CutDisk, type DiskImage, FATES, type Fate, imageName } from './disk.ts'
import type { Act } from './recording.ts'

/** The file in the root to which a process writes, line by line, what it was told is done. */
export const MARKS = 'marks'

/** A disk as a power cut may leave it, and what the process had said by then. */
export type Cut = {
  /** Acts that were done. */
  readonly after: number
  readonly fate: Fate
  readonly image: DiskImage
  readonly marks: readonly string[]
}

/** How a recording is cut. */
export type CutOptions = {
  readonly root: string
  /** Paths below the root that no cut reaches. */
  readonly safe?: readonly string[]
  /** Tries of each cut, each with its own luck. */
  readonly tries?: number
  readonly seed?: number
}

/** A cut after each act of a recording, with each fate of what was not synced by then; none twice. */
export function* cutsOf(acts: readonly Act[], options: CutOptions): Generator<Cut> {
  const { root, safe = [], tries = 1, seed = 1 } = options
  const isSafe = (path: string): boolean =>
    path === join(root, MARKS) || safe.some((name) => path.startsWith(join(root, name)))
  const disk = new CutDisk(root, isSafe)
  const seen = new Set<string>()
  let said = ''
  for (const [i, act] of [undefined, ...acts].entries()) {
    if (act !== undefined) disk.apply(act)
    if (act?.kind === 'write' && basename(act.path) === MARKS) {
      said += new TextDecoder().decode(act.bytes)
    }
    const marks = said.split('\n').slice(0, -1)
    for (let attempt = 0; attempt < tries; attempt++) {
      for (const [place, fate] of FATES.entries()) {
        const image = new Map(disk.cut(fate, createRandom(seed, i, attempt, place)))
        image.delete(MARKS)
        const name = `${marks.length} ${imageName(image)}`
        if (seen.has(name)) continue
        seen.add(name)
        yield { after: i, fate, image, marks }
      }
    }
  }
}
