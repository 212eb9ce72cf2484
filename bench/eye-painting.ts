import type { GreyImage } from '../protocol/image.ts'

/*
 * What other cameras do to an eye image, each as a function of an image and of where its iris lies:
 * pieces for `eye-transforms.ts`. Only for measuring; nothing here reaches a template.
 */

/** A circle in pixels of an image. */
export type EyeCircle = { readonly x: number; readonly y: number; readonly radius: number }

/** Where the eye of an image lies. */
export type EyePlace = { readonly pupil: EyeCircle; readonly limbus: EyeCircle }

/** Numbers 0..1 that follow from a seed alone. */
export type Dice = () => number

/** Mulberry32. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Each pixel through a function of its level and place. */
export function repaint(
  image: GreyImage,
  paint: (level: number, x: number, y: number) => number,
): GreyImage {
  const { width, height } = image
  const pixels = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      const level = Math.round(paint(image.pixels[at] as number, x, y))
      pixels[at] = level < 0 ? 0 : level > 255 ? 255 : level
    }
  }
  return { width, height, pixels }
}

/** Contrast about the middle, as `share` of what it was. */
export function fade(image: GreyImage, share: number, middle = 100): GreyImage {
  return repaint(image, (level) => middle + (level - middle) * share)
}

/** Levels by the power `gamma`: above 1 darker, below brighter. */
export function bendLevels(image: GreyImage, gamma: number): GreyImage {
  return repaint(image, (level) => 255 * (level / 255) ** gamma)
}

/** Gaussian noise of a deviation in grey levels. */
export function addNoise(image: GreyImage, deviation: number, dice: Dice): GreyImage {
  return repaint(image, (level) => {
    const normal = Math.sqrt(-2 * Math.log(1 - dice())) * Math.cos(2 * Math.PI * dice())
    return level + deviation * normal
  })
}

/** Light from one side: from 1 - `depth` to 1 + `depth` of the levels across the image. */
export function lightFromSide(image: GreyImage, depth: number): GreyImage {
  return repaint(
    image,
    (level, x) => level * (1 - depth + (2 * depth * x) / Math.max(1, image.width - 1)),
  )
}

/** The pupil painted over with one level, a little too large and off its middle. */
export function paintPupil(
  image: GreyImage,
  { pupil }: EyePlace,
  level: number,
  dice: Dice,
): GreyImage {
  const radius = pupil.radius * (1 + 0.06 * dice())
  const x0 = pupil.x + pupil.radius * 0.04 * (dice() - 0.5)
  const y0 = pupil.y + pupil.radius * 0.04 * (dice() - 0.5)
  return repaint(image, (old, x, y) => (Math.hypot(x - x0, y - y0) <= radius ? level : old))
}

/** Around the iris, what is brighter than it comes nearer to it; skin stays as it is. */
export function dimSclera(image: GreyImage, { pupil, limbus }: EyePlace, share: number): GreyImage {
  const iris = irisLevel(image, { pupil, limbus })
  return repaint(image, (level, x, y) => {
    const away = Math.hypot(x - limbus.x, y - limbus.y) / limbus.radius
    const weight = Math.max(0, Math.min(1, (away - 0.9) / 0.15, (1.8 - away) / 0.4))
    return level > iris ? level - weight * (1 - share) * (level - iris) : level
  })
}

/** Median level of the iris beside the pupil. */
export function irisLevel(image: GreyImage, { pupil, limbus }: EyePlace): number {
  const levels: number[] = []
  for (let i = 0; i < 40; i++) {
    const radius = pupil.radius + ((limbus.radius - pupil.radius) * (1 + (i % 5))) / 6
    const angle = (i < 20 ? 0 : Math.PI) + ((i % 20) - 10) / 20
    const x = Math.round(pupil.x + radius * Math.cos(angle))
    const y = Math.round(pupil.y + radius * Math.sin(angle))
    if (x < 0 || y < 0 || x >= image.width || y >= image.height) continue
    levels.push(image.pixels[y * image.width + x] as number)
  }
  return levels.sort((a, b) => a - b)[levels.length >> 1] ?? 100
}

/** Bright discs with a soft rim. */
export function paintGlints(
  image: GreyImage,
  glints: readonly EyeCircle[],
  level = 255,
): GreyImage {
  return repaint(image, (old, x, y) =>
    glints.reduce((now, glint) => {
      const inside = glint.radius + 0.5 - Math.hypot(x - glint.x, y - glint.y)
      const cover = Math.max(0, Math.min(1, inside))
      return now + cover * Math.max(0, level - now)
    }, old),
  )
}

/** `count` glints on the pupil's edge. */
export function edgeGlints({ pupil, limbus }: EyePlace, count: number, dice: Dice): EyeCircle[] {
  return Array.from({ length: count }, () => {
    const angle = 2 * Math.PI * dice()
    return {
      x: pupil.x + pupil.radius * Math.cos(angle),
      y: pupil.y + pupil.radius * Math.sin(angle),
      radius: limbus.radius * (0.03 + 0.03 * dice()),
    }
  })
}

/** Glints of a ring of lamps around the lens, inside the pupil or across its edge. */
export function ringGlints({ pupil, limbus }: EyePlace, count: number, dice: Dice): EyeCircle[] {
  const around = limbus.radius * (0.15 + 0.1 * dice())
  const shift = 0.12 * limbus.radius * (dice() - 0.5)
  return Array.from({ length: count }, (_, i) => ({
    x: pupil.x + shift + around * Math.cos((2 * Math.PI * i) / count),
    y: pupil.y + around * Math.sin((2 * Math.PI * i) / count),
    radius: limbus.radius * 0.035,
  }))
}

/** Dark strokes from the upper lid over the upper iris. */
export function paintLashes(
  image: GreyImage,
  { limbus }: EyePlace,
  count: number,
  dice: Dice,
): GreyImage {
  const { radius } = limbus
  const strokes = Array.from({ length: count }, () => {
    const x = limbus.x + radius * 2.2 * (dice() - 0.5)
    const y = limbus.y - radius * (0.9 + 0.2 * dice())
    return { x, y, dx: 0.5 * (dice() - 0.5), length: radius * (0.3 + 0.6 * dice()) }
  })
  return repaint(image, (level, x, y) => {
    for (const stroke of strokes) {
      const along = (y - stroke.y) / stroke.length
      if (along < 0 || along > 1) continue
      const away = Math.abs(x - stroke.x - stroke.dx * (y - stroke.y) * (1 + along))
      if (away < 1.1 - 0.5 * along) return Math.min(level, 45)
    }
    return level
  })
}
