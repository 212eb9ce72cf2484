import { readFile, stat } from 'node:fs/promises'
import { decodeImage, IMAGE_FORMATS, isImageFile } from '../../biometrics/image/decode.ts'
import { encodeIris, type IrisResult } from '../../biometrics/iris/encode.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import {
  decodeIrisTemplate,
  IRIS_TEMPLATE_BYTES,
  type IrisTemplate,
} from '../../protocol/iris-template.ts'

/** Largest file read, bytes. */
const MAX_FILE_BYTES = 64 * 1024 * 1024

/** The outcome of encoding an image file, and how long decoding and encoding took. */
export type EncodedFile = { readonly result: IrisResult; readonly ms: number }

/** Reads and encodes one image; an unreadable or broken file throws with its name. */
export async function encodeFile(file: string): Promise<EncodedFile> {
  const bytes = await readBounded(file)
  const start = performance.now()
  const result = named(file, () => encodeIris(decodeImage(bytes)))
  return { result, ms: performance.now() - start }
}

/** The outcome for a file that is an image or a template record as `encode --out` writes it. */
export async function encodeOrRead(file: string): Promise<Pick<IrisResult, 'outcome'> & IrisLike> {
  const bytes = await readBounded(file)
  return named(file, () => {
    const template = templateOf(bytes)
    return template ? { outcome: 'encoded', template } : encodeIris(decodeImage(bytes))
  })
}

/** The template that a file holds; undefined where it is an image, which may be just as long. */
function templateOf(bytes: Uint8Array): IrisTemplate | undefined {
  if (bytes.length !== IRIS_TEMPLATE_BYTES) {
    if (isImageFile(bytes)) return undefined
    throw new PersonhoodError(
      'bytes.image',
      `${bytes.length} bytes are no image (${IMAGE_FORMATS}) and no template, which has ${IRIS_TEMPLATE_BYTES}`,
    )
  }
  try {
    return decodeIrisTemplate(bytes)
  } catch (error) {
    // Two bytes make an image file, so a template may begin like one: only what is none is asked.
    if (isImageFile(bytes)) return undefined
    throw error
  }
}

type IrisLike =
  | Pick<Extract<IrisResult, { outcome: 'encoded' }>, 'outcome' | 'template'>
  | Extract<IrisResult, { outcome: 'refused' }>

async function readBounded(file: string): Promise<Uint8Array> {
  const found = await stat(file)
  if (!found.isFile()) {
    throw new PersonhoodError('file.missing', `${file}: is no regular file, and one is wanted`)
  }
  const { size } = found
  if (size > MAX_FILE_BYTES) {
    throw new PersonhoodError('bytes.image', `${file}: ${size} bytes, more than ${MAX_FILE_BYTES}`)
  }
  return new Uint8Array(await readFile(file))
}

function named<T>(file: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof PersonhoodError)) throw error
    throw new PersonhoodError(error.code, `${file}: ${error.message}`, { cause: error })
  }
}
