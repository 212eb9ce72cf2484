import { readFile, stat } from 'node:fs/promises'
import { decodeImage } from '../../biometrics/image/decode.ts'
import { encodeIris, type IrisResult } from '../../biometrics/iris/encode.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { decodeIrisTemplate, IRIS_TEMPLATE_BYTES } from '../../protocol/iris-template.ts'

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
  if (bytes.length === IRIS_TEMPLATE_BYTES) {
    return { outcome: 'encoded', template: named(file, () => decodeIrisTemplate(bytes)) }
  }
  return named(file, () => encodeIris(decodeImage(bytes)))
}

type IrisLike =
  | Pick<Extract<IrisResult, { outcome: 'encoded' }>, 'outcome' | 'template'>
  | Extract<IrisResult, { outcome: 'refused' }>

async function readBounded(file: string): Promise<Uint8Array> {
  const { size } = await stat(file)
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
