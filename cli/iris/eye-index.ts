import { PersonhoodError } from '../../protocol/errors.ts'
import type { EyePosition } from '../../protocol/image.ts'

/** One image of a folder of eyes. */
export type EyeRow = {
  /** Relative to the folder. */
  readonly path: string
  readonly subject: string
  readonly eye: EyePosition
}

/** The first line of an `index.csv`. */
export const EYE_INDEX_HEADER = 'path,subject,eye'

const MAX_ROWS = 1_000_000
const EYES: Readonly<Record<string, EyePosition>> = {
  l: 'left',
  r: 'right',
  left: 'left',
  right: 'right',
}

/**
 * Rows of an `index.csv`: header `path,subject,eye`, then a row an image; `eye` is left or right (or
 * L or R). Fields hold no commas or quotes. Throws `bytes.eye-index` with the line.
 */
export function parseEyeIndex(text: string): readonly EyeRow[] {
  const [header, ...lines] = text
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split(/\r?\n/, MAX_ROWS + 1)
  if (header?.trim() !== EYE_INDEX_HEADER) {
    throw new PersonhoodError('bytes.eye-index', `index.csv begins with "${EYE_INDEX_HEADER}"`)
  }
  return lines.map((line, i) => {
    const [path, subject, eye, ...rest] = line.split(',').map((field) => field.trim())
    const position = EYES[eye?.toLowerCase() ?? '']
    if (!path || !subject || position === undefined || rest.length > 0) {
      throw new PersonhoodError(
        'bytes.eye-index',
        `index.csv line ${i + 2} is not path,subject,left|right`,
      )
    }
    if (path.startsWith('/') || path.split(/[\\/]/).includes('..')) {
      throw new PersonhoodError('bytes.eye-index', `index.csv line ${i + 2} leaves the folder`)
    }
    return { path, subject, eye: position }
  })
}
