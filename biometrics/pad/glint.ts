import type { GreyImage } from '../../protocol/image.ts'
import type { Pupil } from './pupil-tracker.ts'

/** A bright speck on the cornea: its middle and size in pixels of the frame. */
export type Glint = { readonly x: number; readonly y: number; readonly areaPx: number }

/** Grey level of the inside of a glint: the mirror image of a lamp saturates the sensor. */
const BRIGHT = 225
/** Grey levels by which it stands out from what is around it. */
const CONTRAST = 50
/** Sizes in pixels of a frame 320 wide. */
const LEAST_AREA = 5
const MOST_AREA = 400
/** More specks than this are no cornea; the search ends. */
const MOST_GLINTS = 12

/**
 * The mirror images of lamps about the middle of the eye, brightest area first. The cornea shows the
 * head's illuminators within a third of an iris radius from its middle; specks further out are tears,
 * lids or glasses.
 */
export function findGlints(image: GreyImage, pupil: Pupil): readonly Glint[] {
  const { width, height, pixels } = image
  const scale = width / 320
  const reach = 0.8 * pupil.radius + 19 * scale
  const [x0, y0] = [Math.max(0, pupil.x - reach) | 0, Math.max(0, pupil.y - reach) | 0]
  const [x1, y1] = [Math.min(width - 1, pupil.x + reach), Math.min(height - 1, pupil.y + reach)]
  const seen = new Uint8Array(width * height)
  const glints: Glint[] = []
  for (let y = y0; y <= y1 && glints.length <= MOST_GLINTS; y++) {
    for (let x = x0; x <= x1; x++) {
      const at = y * width + x
      const isNew = (pixels[at] ?? 0) >= BRIGHT && seen[at] === 0
      if (!isNew || Math.hypot(x - pupil.x, y - pupil.y) > reach) continue
      const speck = grow(image, at, seen)
      if (isGlint(image, speck, scale)) glints.push(speck)
    }
  }
  return glints.sort((a, b) => b.areaPx - a.areaPx)
}

function isGlint(image: GreyImage, { x, y, areaPx }: Glint, scale: number): boolean {
  const area = areaPx / (scale * scale)
  if (area < LEAST_AREA || area > MOST_AREA) return false
  const radius = Math.sqrt(areaPx / Math.PI) + 4 * scale
  let sum = 0
  for (let i = 0; i < 12; i++) {
    const angle = (2 * Math.PI * i) / 12
    const [px, py] = [
      Math.round(x + radius * Math.cos(angle)),
      Math.round(y + radius * Math.sin(angle)),
    ]
    sum += Math.min(image.pixels[py * image.width + px] ?? 0, BRIGHT)
  }
  return sum / 12 < BRIGHT - CONTRAST
}

/** All bright pixels that hang together with one, each visited once. */
function grow({ width, height, pixels }: GreyImage, start: number, seen: Uint8Array): Glint {
  const open = [start]
  seen[start] = 1
  let [sumX, sumY, areaPx] = [0, 0, 0]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const [x, y] = [at % width, Math.floor(at / width)]
    sumX += x
    sumY += y
    areaPx++
    for (const [dx, dy] of BESIDE) {
      const [nx, ny] = [x + dx, y + dy]
      if (nx < 0 || ny < 0 || nx >= width || ny >= height) continue
      const next = ny * width + nx
      if (seen[next] === 1 || (pixels[next] ?? 0) < BRIGHT) continue
      seen[next] = 1
      open.push(next)
    }
  }
  return { x: sumX / areaPx, y: sumY / areaPx, areaPx }
}

const BESIDE = [
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
] as const
