import { type ErrorCode, PersonhoodError } from '../../protocol/errors.ts'
import { openingError } from '../opening-error.ts'
import { unplugged } from '../port.ts'

const IS_BUSY = /Device or resource busy|EBUSY/i
const IS_GONE = /No such device|ENODEV|Input\/output error/i
const IS_NOT_THERE =
  /No such file or directory|Cannot open device|Permission denied|Operation not permitted/i
const IS_NO_CAMERA =
  /Inappropriate ioctl|Not a video capture device|is no video|does not support streaming|Unable to detect what device/i
const IS_REFUSED_FORMAT =
  /VIDIOC_S_FMT|VIDIOC_S_PARM|Cannot find a proper format|V4L2 pixel format|Invalid argument/i

/**
 * What the last words of `ffmpeg` or `v4l2-ctl` about a video node mean: `device.missing`,
 * `device.permission` (with the group that may open it), `device.busy` (with its holder),
 * `device.unplugged`, `device.camera-kind`, `device.camera-format` or `device.camera-fault`.
 */
export function cameraError(path: string, words: string): Promise<PersonhoodError> {
  if (IS_BUSY.test(words)) return openingError(path, new Error(`busy: ${lastLine(words)}`))
  const isOfTheNode = !IS_GONE.test(words) && !IS_NO_CAMERA.test(words)
  if (isOfTheNode && IS_NOT_THERE.test(words)) return openingError(path, new Error(words))
  return Promise.resolve(streamError(path, words))
}

/** The node is there and ours to open: what is wrong is behind it. */
function streamError(path: string, words: string): PersonhoodError {
  const cause = new Error(words)
  if (IS_GONE.test(words)) return unplugged(path, { cause })
  const [code, what] = STREAM_FAULTS.find(([, , pattern]) => pattern.test(words)) ?? OTHER_FAULT
  const said = lastLine(words)
  const more = said === '' ? 'without a word' : said
  return new PersonhoodError(code, `${path} ${what}: ${more}`, { cause })
}

const STREAM_FAULTS: readonly (readonly [code: ErrorCode, what: string, pattern: RegExp])[] = [
  ['device.camera-kind', 'is no camera that streams', IS_NO_CAMERA],
  ['device.camera-format', 'does not take the format that it offered', IS_REFUSED_FORMAT],
]
const OTHER_FAULT = ['device.camera-fault', 'ended its stream'] as const

/** What the last words about a file of frames mean: `device.camera-file`. */
export function fileError(path: string, words: string): PersonhoodError {
  const said = lastLine(words)
  const why = said === '' ? 'it has no frame that ffmpeg can read' : said
  return new PersonhoodError('device.camera-file', `${path} gives no frames: ${why}`)
}

const MAX_LINE = 200

function lastLine(words: string): string {
  const line = words.trim().split('\n').at(-1)?.trim() ?? ''
  return line.replace(/\p{Cc}/gu, ' ').slice(0, MAX_LINE)
}
