import { readFile } from 'node:fs/promises'
import { decodeImage } from '../../biometrics/image/decode.ts'
import { groupImages, type SubjectImages } from '../../hardware/orb/image-source.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { EyePosition } from '../../protocol/image.ts'
import { type EyeImage, readEyeSet } from '../iris/eye-set.ts'

/** Subjects enough for the demonstration. */
const MAX_SUBJECTS = 12

/** The first subjects of a folder of eye images that have both eyes; throws `file.*` or `bytes.*`. */
export async function loadEyes(folder: string): Promise<ReadonlyMap<string, SubjectImages>> {
  const listed = await readEyeSet(folder)
  const chosen = subjectsWithBothEyes(listed).slice(0, MAX_SUBJECTS)
  if (chosen.length === 0) {
    throw new PersonhoodError('file.no-eyes', `${folder}/index.csv lists nobody with both eyes`)
  }
  const images = []
  for (const { file, subject, eye } of listed) {
    if (!chosen.includes(subject) || !isEye(eye)) continue
    images.push({ subject, eye, image: decodeImage(new Uint8Array(await readFile(file))) })
  }
  return groupImages(images)
}

function subjectsWithBothEyes(listed: readonly EyeImage[]): readonly string[] {
  const seen = new Set(listed.map(({ subject, eye }) => `${eye} ${subject}`))
  const subjects = [...new Set(listed.map(({ subject }) => subject))]
  return subjects.filter((subject) => seen.has(`left ${subject}`) && seen.has(`right ${subject}`))
}

function isEye(eye: string): eye is EyePosition {
  return eye === 'left' || eye === 'right'
}
