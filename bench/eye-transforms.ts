import type { GreyImage } from '../protocol/image.ts'
import { defocus, type Framed, type Framing, reframe } from './eye-frame.ts'
import {
  addNoise,
  bendLevels,
  type Dice,
  dimSclera,
  type EyePlace,
  edgeGlints,
  fade,
  irisLevel,
  lightFromSide,
  paintGlints,
  paintLashes,
  paintPupil,
  repaint,
  ringGlints,
} from './eye-painting.ts'

/** An eye image as another camera, light or pose would have given it. */
export type EyeTransform = (image: GreyImage, place: EyePlace, dice: Dice) => Framed

type Painting = (image: GreyImage, place: EyePlace, dice: Dice) => GreyImage

/** Paints without moving anything. */
function painted(paint: Painting): EyeTransform {
  return (image, place, dice) => ({
    image: paint(image, place, dice),
    place,
    toOriginal: (x, y) => [x, y],
  })
}

type FramingOf = (image: GreyImage, place: EyePlace, dice: Dice) => Partial<Framing>

function framed(framing: FramingOf): EyeTransform {
  return (image, place, dice) => {
    const { width, height } = image
    const { x, y } = place.limbus
    const still = { width, height, scaleX: 1, scaleY: 1, degrees: 0, x, y }
    return reframe(image, place, { ...still, ...framing(image, place, dice) })
  }
}

/** Frames first, then paints in the new frame. */
function both(frame: EyeTransform, paint: Painting): EyeTransform {
  return (image, place, dice) => {
    const moved = frame(image, place, dice)
    return { ...moved, image: paint(moved.image, moved.place, dice) }
  }
}

/** The iris `radius` pixels wide in a frame of its own, its middle about there. */
function sized(radius: number, width: number, height: number, wander: number): EyeTransform {
  return framed((_, { limbus }, dice) => ({
    width,
    height,
    scaleX: radius / limbus.radius,
    scaleY: radius / limbus.radius,
    x: width * (0.5 + wander * (dice() - 0.5)),
    y: height * (0.5 + wander * (dice() - 0.5)),
  }))
}

/** A large iris in 320x280, of which the image's border takes a part. */
const largeAndCut: EyeTransform = framed((_, { limbus }, dice) => {
  const radius = 112 + 18 * dice()
  const [width, height] = [320, 280]
  const beyond = radius * (0.05 + 0.2 * dice())
  const side = Math.floor(3 * dice())
  const x = side === 0 ? radius - beyond : side === 1 ? width - radius + beyond : width / 2
  const y = side === 2 ? height - radius + beyond : height / 2
  return { width, height, scaleX: radius / limbus.radius, scaleY: radius / limbus.radius, x, y }
})

const enlarged = (factor: number): EyeTransform =>
  framed((image, { limbus }) => ({
    width: Math.round(image.width * factor),
    height: Math.round(image.height * factor),
    scaleX: factor,
    scaleY: factor,
    x: (limbus.x + 0.5) * factor - 0.5,
    y: (limbus.y + 0.5) * factor - 0.5,
  }))

/** A quarter of the frame black above and below. */
const letterbox: Painting = (image) =>
  repaint(image, (level, _, y) => (y < image.height * 0.13 || y >= image.height * 0.87 ? 0 : level))

/** Painted over by a set's makers with a level below the iris's. */
const flatPupil: Painting = (image, place, dice) =>
  paintPupil(image, place, irisLevel(image, place) * (0.15 + 0.45 * dice()), dice)

/** A hand-held camera: small iris, two lamps whose glints lie on the pupil's edge, dull sclera. */
const consumer: EyeTransform = both(sized(56, 320, 240, 0.3), (image, place, dice) => {
  const glints = edgeGlints(place, 2, dice)
  const lashes = paintLashes(dimSclera(image, place, 0.6), place, 12, dice)
  return addNoise(defocus(fade(paintGlints(lashes, glints), 0.6), 0.7), 4, dice)
})

/** A laboratory's close-up camera: large iris, pupil painted over by those who publish the set. */
const laboratory: EyeTransform = both(largeAndCut, (image, place, dice) =>
  flatPupil(dimSclera(image, place, 0.7), place, dice),
)

/** Every transform by its name. */
export const EYE_TRANSFORMS: Readonly<Record<string, EyeTransform>> = {
  untouched: painted((image) => image),
  'flat pupil': painted((image, place, dice) => flatPupil(image, place, dice)),
  'iris 55': sized(55, 320, 240, 0.4),
  'iris 45': sized(45, 320, 240, 0.4),
  'iris 70': sized(70, 320, 240, 0.3),
  'large, cut': largeAndCut,
  'contrast .35': painted((image) => fade(image, 0.35)),
  'gamma 2': painted((image) => bendLevels(image, 2)),
  'gamma .5': painted((image) => bendLevels(image, 0.5)),
  'noise 10': painted((image, _, dice) => addNoise(image, 10, dice)),
  'blur 1.5': painted((image) => defocus(image, 1.5)),
  'dull sclera .5': painted((image, place) => dimSclera(image, place, 0.5)),
  'dull sclera .3': painted((image, place) => dimSclera(image, place, 0.3)),
  'edge glints': painted((image, place, dice) => paintGlints(image, edgeGlints(place, 4, dice))),
  'ring of glints': painted((image, place, dice) => paintGlints(image, ringGlints(place, 8, dice))),
  lashes: painted((image, place, dice) => paintLashes(image, place, 25, dice)),
  'side light': painted((image) => lightFromSide(image, 0.45)),
  letterbox: painted(letterbox),
  'turned 10': framed((_, _place, dice) => ({ degrees: dice() < 0.5 ? -10 : 10 })),
  'off centre': framed((image, { limbus }, dice) => ({
    x: limbus.x + image.width * (dice() < 0.5 ? -0.16 : 0.16),
    y: limbus.y + image.height * (dice() < 0.5 ? -0.12 : 0.12),
  })),
  'squeezed .9': framed(() => ({ scaleX: 0.95, scaleY: 1.05 })),
  'aside 25': framed(() => ({ scaleX: 0.906 })),
  '640x480': enlarged(2),
  '1280x960': enlarged(4),
  consumer,
  laboratory,
}
