import { existsSync, readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { decodeImage } from '../../../biometrics/image/decode.ts'
import type { IrisBoundaries, Point } from '../../../biometrics/iris/boundaries.ts'
import { compareIris } from '../../../biometrics/iris/compare.ts'
import { encodeIris, type IrisResult } from '../../../biometrics/iris/encode.ts'
import { equalBytes } from '../../../protocol/bytes.ts'
import type { GreyImage } from '../../../protocol/image.ts'
import { encodeIrisTemplate } from '../../../protocol/iris-template.ts'
import {
  coverOf,
  type DrawnEye,
  drawEye,
  drawNoise,
  USUAL_LIMBUS,
  USUAL_PUPIL,
} from '../../kit/drawn-eyes.ts'

type Disc = { readonly x: number; readonly y: number; readonly radius: number }
type Encoded = Extract<IrisResult, { outcome: 'encoded' }>

function encoded(t: Test, image: GreyImage): Encoded {
  const result = encodeIris(image)
  if (result.outcome === 'encoded') return result
  t.fail(`refused: ${result.reason}`, { quality: result.quality })
  throw new Error('refused')
}

function fractionOf(t: Test, a: Encoded, image: GreyImage): number {
  const comparison = compareIris(a.template, encoded(t, image).template)
  if (comparison.outcome === 'could-not-compare') return 1
  return comparison.score.numeratorBits / comparison.score.commonBits
}

/** Greatest distance in pixels of a polygon's points from a circle. */
function farthest(points: readonly Point[], circle: Disc): number {
  const miss = ([x, y]: Point) => Math.hypot(x - circle.x, y - circle.y) - circle.radius
  return Math.max(...points.map((point) => Math.abs(miss(point))))
}

t.test('boundaries are found within pixels of where they were drawn', async (t) => {
  const eyes: readonly DrawnEye[] = [
    { texture: 1 },
    { texture: 2, hasLashes: true, upperLid: 0.15, lowerLid: 0.08 },
    {
      texture: 3,
      pupil: { x: 120, y: 110, radius: 24 },
      limbus: { x: 124, y: 111, radius: 70 },
      noise: 8,
    },
    {
      texture: 4,
      pupil: { x: 190, y: 130, radius: 46 },
      limbus: { x: 190, y: 128, radius: 88 },
    },
  ]
  for (const eye of eyes) {
    const { boundaries } = encoded(t, drawEye(eye))
    t.ok(farthest(boundaries.pupil, eye.pupil ?? USUAL_PUPIL) < 2, `pupil of eye ${eye.texture}`)
    const limbus = eye.limbus ?? USUAL_LIMBUS
    t.ok(farthest(boundaries.limbus, limbus) < 0.08 * limbus.radius, `limbus ${eye.texture}`)
  }
})

t.test('an eye is found at any size of image that a head delivers', async (t) => {
  for (const factor of [1, 2, 4]) {
    const scaled = (disc: Disc) => ({
      x: disc.x * factor,
      y: disc.y * factor,
      radius: disc.radius * factor,
    })
    const [pupil, limbus] = [scaled(USUAL_PUPIL), scaled(USUAL_LIMBUS)]
    const image = drawEye({ texture: 5, width: 320 * factor, height: 240 * factor, pupil, limbus })
    const { boundaries, quality } = encoded(t, image)
    t.ok(farthest(boundaries.pupil, pupil) < 2 * factor, `pupil at ${factor}`)
    t.ok(farthest(boundaries.limbus, limbus) < 4 * factor, `limbus at ${factor}`)
    t.ok(Math.abs(quality.irisRadiusPixels - limbus.radius) < 3 * factor)
  }
})

t.test('the same eye compares below, another eye above any threshold', async (t) => {
  const eye = encoded(t, drawEye({ texture: 10, noiseSeed: 1 }))
  const again = { texture: 10, noiseSeed: 2, noise: 6 }
  t.ok(fractionOf(t, eye, drawEye(again)) < 0.2, 'another capture')
  t.ok(fractionOf(t, eye, drawEye({ ...again, turn: 12 })) < 0.25, 'head turned by 12°')
  t.ok(fractionOf(t, eye, drawEye({ ...again, turn: -12 })) < 0.25, 'head turned back by 12°')
  const wide = { pupil: { x: 165, y: 122, radius: 40 } }
  t.ok(fractionOf(t, eye, drawEye({ ...again, ...wide })) < 0.3, 'wider pupil')
  t.ok(fractionOf(t, eye, drawEye({ ...again, upperLid: 0.18 })) < 0.25, 'drooping lid')
  for (const texture of [11, 12, 13]) {
    t.ok(fractionOf(t, eye, drawEye({ texture })) > 0.42, `eye ${texture}`)
  }
})

t.test('a turned head is seen as a shift of columns', async (t) => {
  const still = encoded(t, drawEye({ texture: 20 }))
  const turned = encoded(t, drawEye({ texture: 20, turn: 14 }))
  const comparison = compareIris(still.template, turned.template)
  // 14° are 10 of 256 columns, clockwise.
  t.ok(comparison.outcome === 'compared' && Math.abs(comparison.shiftColumns - 10) <= 1)
})

t.test('one image gives one template', async (t) => {
  const image = drawEye({ texture: 30 })
  const bytes = () => encodeIrisTemplate(encoded(t, image).template)
  t.ok(equalBytes(bytes(), bytes()))
})

t.test('what lids cover is not used', async (t) => {
  const open = encoded(t, drawEye({ texture: 40 }))
  const hooded = encoded(t, drawEye({ texture: 40, upperLid: 0.25, lowerLid: 0.1 }))
  t.ok(hooded.template.usablePositions < 0.85 * open.template.usablePositions)
  t.ok(hooded.quality.usablePercent < open.quality.usablePercent - 10)
  const above = hooded.boundaries.covered.filter((cell) =>
    cell.some(([, y]) => y < USUAL_LIMBUS.y - 0.6 * USUAL_LIMBUS.radius),
  )
  t.ok(above.length > 15, `the covered part is outlined by ${above.length} cells`)
  const lid = hooded.boundaries.upperLid?.[16]
  t.ok(lid && Math.abs(lid[1] - (USUAL_LIMBUS.y - USUAL_LIMBUS.radius / 2)) < 6, 'and its lid')
})

t.test('the mask lies over what hides the iris and over little else', async (t) => {
  const eyes: readonly DrawnEye[] = [
    { texture: 41, upperLid: 0.2, lowerLid: 0.1 },
    { texture: 42, upperLid: 0.3, lowerLid: 0.05, noise: 8 },
    { texture: 43, upperLid: 0.15, lowerLid: 0.08, hasLashes: true },
    { texture: 44, upperLid: 0.12, hasGlasses: true },
  ]
  for (const eye of eyes) {
    const { overlap, coverFound } = maskAgainstTruth(eye, encoded(t, drawEye(eye)).boundaries)
    t.ok(overlap > 0.85, `usable parts of eye ${eye.texture} overlap to ${overlap.toFixed(3)}`)
    t.ok(coverFound > 0.85, `of what hides eye ${eye.texture} ${coverFound.toFixed(3)} is masked`)
  }
})

/** Usable iris found and drawn: shared area over all, and the share of the hidden that is masked. */
function maskAgainstTruth(eye: DrawnEye, { covered }: IrisBoundaries) {
  const coverAt = coverOf(eye)
  const places = placesOfIris(eye).map(([x, y]) => ({
    isHidden: coverAt(x, y) !== undefined,
    isMasked: covered.some((cell) => isInside(cell, x, y)),
  }))
  const count = (isMeant: (place: (typeof places)[number]) => boolean) =>
    places.filter(isMeant).length
  const both = count(({ isHidden, isMasked }) => !isHidden && !isMasked)
  const any = count(({ isHidden, isMasked }) => !isHidden || !isMasked)
  const masked = count(({ isHidden, isMasked }) => isHidden && isMasked)
  return { overlap: both / any, coverFound: masked / count(({ isHidden }) => isHidden) }
}

/** Every third place across and down between a drawn eye's edges. */
function placesOfIris({ pupil = USUAL_PUPIL, limbus = USUAL_LIMBUS }: DrawnEye): Point[] {
  return Array.from({ length: 107 * 80 }, (_, i): Point => [3 * (i % 107), 3 * Math.floor(i / 107)])
    .filter(([x, y]) => Math.hypot(x - pupil.x, y - pupil.y) > pupil.radius + 1)
    .filter(([x, y]) => Math.hypot(x - limbus.x, y - limbus.y) < limbus.radius - 1)
}

/** A cell is convex: a place inside lies on the same side of all its edges. */
function isInside(cell: readonly Point[], x: number, y: number): boolean {
  let [left, right] = [0, 0]
  cell.forEach(([x0, y0], i) => {
    const [x1, y1] = cell[(i + 1) % cell.length] as Point
    const side = (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)
    if (side > 0) left++
    if (side < 0) right++
  })
  return left === 0 || right === 0
}

t.test('glasses and a pupil painted over cost neither boundaries nor likeness', async (t) => {
  for (const texture of [45, 46]) {
    const plain = encoded(t, drawEye({ texture }))
    const changes = {
      glasses: { hasGlasses: true },
      painted: { paintedPupil: 60 },
      'painted black': { paintedPupil: 4 },
    }
    for (const [change, options] of Object.entries(changes)) {
      const image = drawEye({ texture, noiseSeed: 9, ...options })
      const { boundaries } = encoded(t, image)
      const what = `${change}, eye ${texture}`
      t.ok(farthest(boundaries.pupil, USUAL_PUPIL) < 3, `pupil, ${what}`)
      t.ok(
        farthest(boundaries.limbus, USUAL_LIMBUS) < 0.08 * USUAL_LIMBUS.radius,
        `limbus, ${what}`,
      )
      t.ok(fractionOf(t, plain, image) < 0.25, `likeness, ${what}`)
    }
  }
})

t.test('specks, a caption and borders do not lead it astray', async (t) => {
  const image = drawEye({ texture: 50 })
  const pixels = image.pixels.slice()
  pixels.fill(128, 0, 320 * 14)
  for (let y = 218; y < 236; y++) {
    for (let x = 10; x < 310; x++) if ((x >> 2) % 3 === 0) pixels[y * 320 + x] = 0
  }
  for (const [x, y] of [
    [60, 60],
    [170, 80],
    [200, 150],
    [250, 200],
  ] as const) {
    for (let k = 0; k < 4; k++) pixels.fill(255, (y + k) * 320 + x, (y + k) * 320 + x + 4)
  }
  const { boundaries } = encoded(t, { ...image, pixels })
  t.ok(farthest(boundaries.pupil, USUAL_PUPIL) < 2)
  t.ok(farthest(boundaries.limbus, USUAL_LIMBUS) < 4)
})

t.test('an image without an eye is refused, whatever it shows', async (t) => {
  const blank = (level: number) => new Uint8Array(320 * 240).fill(level)
  const slope = blank(0).map((_, i) => ((i % 320) * 255) / 320)
  const checks = blank(0).map((_, i) => (((i >> 4) + Math.floor(i / 320 / 16)) % 2) * 255)
  const images: readonly (readonly [string, Uint8Array])[] = [
    ['black', blank(0)],
    ['white', blank(255)],
    ['slope', slope],
    ['checks', checks],
    ['noise', drawNoise(320, 240, 9).pixels],
  ]
  for (const [name, pixels] of images) {
    const result = encodeIris({ width: 320, height: 240, pixels })
    t.match(result, { outcome: 'refused' }, name)
  }
  t.same(encodeIris({ width: 20, height: 300, pixels: new Uint8Array(6000) }), {
    outcome: 'refused',
    reason: 'image-too-small',
  })
})

t.test('a closed eye, a tiny eye and an eye without texture are refused', async (t) => {
  const closed = drawEye({ texture: 60, upperLid: 0.62, lowerLid: 0.2 })
  t.match(encodeIris(closed), { outcome: 'refused' })
  const far = drawEye({
    texture: 61,
    pupil: { x: 160, y: 120, radius: 10 },
    limbus: { x: 160, y: 120, radius: 26 },
  })
  t.match(encodeIris(far), { outcome: 'refused' })
})

const SHARED_EYE = new URL('../../../../../shared/iris/open-iris-anonymised.png', import.meta.url)

t.test(
  'the boundaries of a real eye are where a person would draw them',
  { skip: existsSync(SHARED_EYE) ? false : 'the real image is not on this machine' },
  async (t) => {
    const { boundaries } = encodeIris(decodeImage(readFileSync(SHARED_EYE))) as {
      boundaries: IrisBoundaries
    }
    // Drawn by hand on the 640x480 image, give or take three pixels.
    t.ok(farthest(boundaries.pupil, { x: 328, y: 234, radius: 62 }) < 6)
    t.ok(farthest(boundaries.limbus, { x: 326, y: 236, radius: 120 }) < 10)
    t.ok(boundaries.upperLid)
  },
)
