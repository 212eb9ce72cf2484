import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeImage } from '../../biometrics/image/decode.ts'
import {
  groupImages,
  type IndexedImage,
  type SubjectImages,
} from '../../hardware/orb/image-source.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { parseEyeIndex } from '../iris/eye-index.ts'

/** Subjects enough for the demonstration. */
const MAX_SUBJECTS = 12

/** The first subjects of a folder of eye images with both their eyes; throws `file.*` or `bytes.*`. */
export async function loadEyes(folder: string): Promise<ReadonlyMap<string, SubjectImages>> {
  const rows = parseEyeIndex(await readFile(join(folder, 'index.csv'), 'utf8'))
  const both = subjectsWithBothEyes(rows).slice(0, MAX_SUBJECTS)
  if (both.length === 0) {
    throw new PersonhoodError('file.no-eyes', `${folder}/index.csv lists nobody with both eyes`)
  }
  const images: IndexedImage[] = []
  for (const { path, subject, eye } of rows.filter((row) => both.includes(row.subject))) {
    const image = decodeImage(new Uint8Array(await readFile(join(folder, path))))
    images.push({ subject, eye, image })
  }
  return groupImages(images)
}

function subjectsWithBothEyes(
  rows: readonly { readonly subject: string; readonly eye: string }[],
): readonly string[] {
  const has = (subject: string, eye: string) =>
    rows.some((row) => row.subject === subject && row.eye === eye)
  const subjects = [...new Set(rows.map(({ subject }) => subject))]
  return subjects.filter((subject) => has(subject, 'left') && has(subject, 'right'))
}
