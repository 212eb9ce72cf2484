import { readFile } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { PersonhoodError } from '../../protocol/errors.ts'

/** One image of a set: where it lies and whose eye it shows. */
export type EyeImage = {
  /** Absolute path of the image. */
  readonly file: string
  /** Path as the index gives it. */
  readonly path: string
  /** Whose eye it is, after merges of labels. */
  readonly subject: string
  /** The subject as the index gives it. */
  readonly label: string
  /** `left`, `right`, or whatever else the index says. */
  readonly eye: string
  /** Names images taken at one time, where the index has that column. */
  readonly visit?: string
}

/** Header of a set's `index.csv`. */
export const EYE_SET_HEADER = 'path,subject,eye'
const MAX_IMAGES = 200_000

/** Reads the `index.csv` of a folder of eye images; throws `file.*` or `bytes.eye-set`. */
export async function readEyeSet(folder: string): Promise<readonly EyeImage[]> {
  let text: string
  try {
    text = await readFile(resolve(folder, 'index.csv'), 'utf8')
  } catch (cause) {
    throw new PersonhoodError(
      'file.missing',
      `${folder}: no readable index.csv with the header "${EYE_SET_HEADER}"`,
      { cause },
    )
  }
  return parseEyeSet(text, folder)
}

/** The images that an index names, in its order; a fourth column `visit` is optional. */
export function parseEyeSet(text: string, folder: string): readonly EyeImage[] {
  const [header, ...rows] = text.replace(/^\ufeff/, '').split(/\r?\n/)
  const problems: string[] = []
  const hasVisits = header?.trim() === `${EYE_SET_HEADER},visit`
  if (!hasVisits && header?.trim() !== EYE_SET_HEADER) {
    problems.push(`line 1 is not "${EYE_SET_HEADER}"`)
  }
  const images: EyeImage[] = []
  rows.forEach((row, i) => {
    if (row.trim() === '') return
    const read = readRow(row, folder, hasVisits)
    if (typeof read === 'string') problems.push(`line ${i + 2} ${read}`)
    else images.push(read)
  })
  if (images.length === 0) problems.push('it names no image')
  if (images.length > MAX_IMAGES) problems.push(`more than ${MAX_IMAGES} images`)
  if (problems.length > 0) {
    const shown = problems.slice(0, 10).join('; ')
    throw new PersonhoodError('bytes.eye-set', `${folder}/index.csv: ${shown}`)
  }
  return images
}

/** The image of a row, or what is wrong with the row. */
function readRow(row: string, folder: string, hasVisits: boolean): EyeImage | string {
  const fields = row.split(',').map((field) => field.trim())
  const [path = '', subject = '', eye = '', visit] = fields
  if (fields.length !== (hasVisits ? 4 : 3) || fields.includes('')) {
    return `is not ${hasVisits ? 'four' : 'three'} fields`
  }
  const file = resolve(folder, path)
  if (!file.startsWith(resolve(folder) + sep)) return 'points outside the folder'
  const image = { file, path, subject, label: subject, eye: eyeName(eye) }
  return visit === undefined ? image : { ...image, visit }
}

function eyeName(text: string): string {
  const lower = text.toLowerCase()
  if (lower === 'l') return 'left'
  return lower === 'r' ? 'right' : lower
}
