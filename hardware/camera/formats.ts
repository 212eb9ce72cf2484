import { PersonhoodError } from '../../protocol/errors.ts'

/** A range of frame sizes in pixels; one size where least and most are equal. */
type SizeRange = {
  readonly least: Size
  readonly most: Size
  readonly step: Size
}

/** Width and height of a frame in pixels. */
export type Size = { readonly width: number; readonly height: number }

/** One pixel format and range of sizes that a camera offers, with its rates in frames a second. */
export type Offer = {
  /** Four characters as V4L2 has them, such as `GREY`. */
  readonly pixels: string
  readonly sizes: SizeRange
  /** Discrete rates, or the ends of a range; none where the driver does not say. */
  readonly rates: readonly number[]
  readonly isRateRange: boolean
}

/** What is taken of a camera's offers. */
export type VideoFormat = Size & {
  readonly pixels: PixelFormat
  /** Frames a second; nothing where the driver does not say. */
  readonly fps: number | undefined
}

/** Pixel formats that are read, best first: grey as it is, then packed, then 16 bits, then compressed. */
export const PIXEL_FORMATS = ['GREY', 'YUYV', 'Y16', 'MJPG'] as const

/** One of them. */
export type PixelFormat = (typeof PIXEL_FORMATS)[number]

/** What the operator asks for; what is left out the kiosk chooses. */
export type FormatWish = { readonly size?: Size | undefined; readonly fps?: number | undefined }

/** Most characters of `v4l2-ctl`'s answer that are read, and most offers in it. */
export const MAX_LISTING_CHARACTERS = 65_536
const MAX_OFFERS = 512
/** Sides that an iris fits into and that the pipeline takes. */
const LEAST_SIDE = 240
const MOST_SIDE = 2048
/** An iris of 160 pixels and its surroundings at the distance of a kiosk. */
const BEST: Size = { width: 640, height: 480 }
const BEST_FPS = 30
/** Slower, a look takes longer than people hold still. */
const LEAST_FPS = 15

const FORMAT = /^\s*\[\d+\]: '([^']{1,8})'/
const SIZE =
  /^\s*Size: \w+ (\d{1,5})x(\d{1,5})(?: - (\d{1,5})x(\d{1,5})(?: with step (\d{1,5})\/(\d{1,5}))?)?\s*$/
const RATE = /\((\d{1,5}\.\d{1,6})(?:-(\d{1,5}\.\d{1,6}))? fps\)\s*$/

/**
 * The offers in what `v4l2-ctl --list-formats-ext` prints (v4l-utils 1.22); other lines are passed
 * over, and what stands behind `MAX_LISTING_CHARACTERS` is not read.
 */
export function parseOffers(listing: string): readonly Offer[] {
  const offers: Offer[] = []
  let pixels: string | undefined
  for (const line of listing.slice(0, MAX_LISTING_CHARACTERS).split('\n')) {
    pixels = FORMAT.exec(line)?.[1]?.trim() ?? pixels
    if (pixels === undefined) continue
    const sizes = parseSizes(line)
    const last = offers.at(-1)
    if (sizes !== undefined) {
      if (offers.length === MAX_OFFERS) break
      offers.push({ pixels, sizes, rates: [], isRateRange: false })
    } else if (last?.pixels === pixels) {
      offers[offers.length - 1] = withRate(last, line)
    }
  }
  return offers
}

/**
 * The best of the offers: near the wanted size and rate, or near 640 x 480 and 30 a second; of equal
 * ones that whose pixels are closest to what the sensor saw. Throws `device.camera-format`.
 */
export function chooseFormat(offers: readonly Offer[], wish: FormatWish = {}): VideoFormat {
  const found = offers
    .flatMap((offer) => formatsOf(offer, wish))
    .map((format) => ({ format, order: orderOf(format, wish) }))
    .sort((a, b) => compareOrders(a.order, b.order))
  const [best] = found
  if (best !== undefined) return best.format
  const wanted = wish.size === undefined ? '' : ` of ${wish.size.width}x${wish.size.height}`
  throw new PersonhoodError(
    'device.camera-format',
    `no frame${wanted} in ${PIXEL_FORMATS.join(', ')} of at least ${LEAST_SIDE} lines; the camera offers ${listOf(offers)}`,
  )
}

/** A format as it is told to people: `GREY 640x480 at 30 frames/s`. */
export function formatText({ pixels, width, height, fps }: VideoFormat): string {
  const rate = fps === undefined ? 'at its own rate' : `at ${Math.round(100 * fps) / 100} frames/s`
  return `${pixels} ${width}x${height} ${rate}`
}

function parseSizes(line: string): SizeRange | undefined {
  const found = SIZE.exec(line)
    ?.slice(1)
    .map((text) => (text === undefined ? 0 : Number(text)))
  if (found === undefined) return undefined
  const [width = 0, height = 0, mostWidth = 0, mostHeight = 0, stepX = 0, stepY = 0] = found
  const least = { width, height }
  const most = mostWidth === 0 ? least : { width: mostWidth, height: mostHeight }
  return { least, most, step: { width: Math.max(1, stepX), height: Math.max(1, stepY) } }
}

function withRate(offer: Offer, line: string): Offer {
  const found = line.includes('Interval:') ? RATE.exec(line) : null
  if (found === null || offer.rates.length >= MAX_OFFERS) return offer
  const [, one = '0', other] = found
  if (other === undefined) return { ...offer, rates: [...offer.rates, Number(one)] }
  return { ...offer, rates: [Number(one), Number(other)], isRateRange: true }
}

function formatsOf({ pixels, sizes, rates, isRateRange }: Offer, wish: FormatWish): VideoFormat[] {
  const known = PIXEL_FORMATS.find((one) => one === pixels)
  if (known === undefined) return []
  const wanted = wish.size ?? BEST
  const width = fit(wanted.width, sizes.least.width, sizes.most.width, sizes.step.width)
  const height = fit(wanted.height, sizes.least.height, sizes.most.height, sizes.step.height)
  const isAsked = wish.size === undefined || (width === wanted.width && height === wanted.height)
  const isUsable = Math.min(width, height) >= LEAST_SIDE && Math.max(width, height) <= MOST_SIDE
  if (!isAsked || !isUsable) return []
  const all = isRateRange
    ? [fit(wish.fps ?? BEST_FPS, Math.min(...rates), Math.max(...rates), 0)]
    : rates
  const usable = all.filter((fps) => fps >= 1)
  if (usable.length === 0) return [{ pixels: known, width, height, fps: undefined }]
  return usable.map((fps) => ({ pixels: known, width, height, fps }))
}

/** The value of the range that is nearest below, or its least. */
function fit(wanted: number, least: number, most: number, step: number): number {
  const inside = Math.min(Math.max(wanted, least), most)
  return step === 0 ? inside : least + Math.floor((inside - least) / step) * step
}

/** Smaller comes first, member by member. */
function orderOf({ pixels, width, height, fps = BEST_FPS }: VideoFormat, wish: FormatWish) {
  const wanted = wish.size ?? BEST
  const apart = Math.abs(Math.log2((width * height) / (wanted.width * wanted.height)))
  return [
    fps >= LEAST_FPS ? 0 : 1,
    // Sizes within a quarter of a doubling are as good as each other.
    Math.round(4 * apart),
    Math.abs(fps - (wish.fps ?? BEST_FPS)) > 10 ? 1 : 0,
    PIXEL_FORMATS.indexOf(pixels),
    Math.abs(fps - (wish.fps ?? BEST_FPS)),
  ]
}

function compareOrders(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i])
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}

const MOST_LISTED = 12

function listOf(offers: readonly Offer[]): string {
  if (offers.length === 0) return 'none that can be read'
  const all = offers.map(({ pixels, sizes: { most } }) => `${pixels} ${most.width}x${most.height}`)
  const more = all.length > MOST_LISTED ? `, and ${all.length - MOST_LISTED} more` : ''
  return `${all.slice(0, MOST_LISTED).join(', ')}${more}`
}
