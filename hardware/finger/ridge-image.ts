import type { GreyImage } from '../../protocol/image.ts'
import { createRandom } from '../sim/random.ts'

/** How a rendered finger lies on the sensor. */
export type FingerPress = {
  /** Which finger: equal seeds have equal ridges. */
  readonly finger: number
  /** Which press of it: its noise. */
  readonly press: number
  /** Off the middle, in pixels. */
  readonly shiftX?: number
  readonly shiftY?: number
  /** In degrees. */
  readonly turn?: number
  /** 0 dry .. 1 wet, default 0.5: share of the ridge that is dark. */
  readonly wetness?: number
}

/** Of adult ridges at 508 dpi, in pixels. */
const RIDGE_PERIOD_PX = 9
const NOISE = 14
const BACKGROUND = 230

/**
 * A picture of ridges that no finger has: a zero-pole flow of one loop, bent by the seed, with
 * ridges as waves across it. Enough to drive a sensor and its line; nothing about real fingers is
 * to be measured on it.
 */
export function renderRidges(width: number, height: number, press: FingerPress): GreyImage {
  const shape = createRandom(press.finger)
  const core = { x: shape.between(-12, 12), y: shape.between(-20, 10) }
  const delta = { x: core.x + shape.between(50, 80), y: core.y + shape.between(70, 100) }
  const phase = shape.between(0, 2 * Math.PI)
  const bends = Array.from({ length: 4 }, () => ({
    x: shape.between(-0.03, 0.03),
    y: shape.between(-0.03, 0.03),
    size: shape.between(2, 7),
    phase: shape.between(0, 2 * Math.PI),
  }))
  const noise = createRandom(press.finger, press.press)
  const angle = ((press.turn ?? 0) * Math.PI) / 180
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const threshold = 2 * (press.wetness ?? 0.5) - 1
  const pixels = new Uint8Array(width * height)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const dx = column - width / 2 - (press.shiftX ?? 0)
      const dy = row - height / 2 - (press.shiftY ?? 0)
      const [x, y] = [cos * dx + sin * dy, cos * dy - sin * dx]
      const light = isTouching(x, y, width, height)
        ? ridgeAt(x, y) < threshold
          ? 50
          : 190
        : BACKGROUND
      pixels[row * width + column] = clamp(light + NOISE * noise.normal())
    }
  }
  return { width, height, pixels }

  /** -1..1 across the ridges: distance along concentric curves around the core, opened by the delta. */
  function ridgeAt(x: number, y: number): number {
    const around = Math.hypot(x - core.x, 0.8 * (y - core.y))
    const opening = 6 * Math.atan2(y - delta.y, x - delta.x)
    const bent = bends.reduce(
      (sum, bend) => sum + bend.size * Math.sin(bend.x * x + bend.y * y + bend.phase),
      0,
    )
    return Math.sin((2 * Math.PI * (around + opening + bent)) / RIDGE_PERIOD_PX + phase)
  }
}

function isTouching(x: number, y: number, width: number, height: number): boolean {
  return (x / (0.44 * width)) ** 2 + (y / (0.47 * height)) ** 2 < 1
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)))
}
