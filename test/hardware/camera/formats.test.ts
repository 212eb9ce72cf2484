import fc from 'fast-check'
import t from 'tap'
import {
  chooseFormat,
  formatText,
  MAX_LISTING_CHARACTERS,
  parseOffers,
} from '../../../hardware/camera/formats.ts'
import { LISTING } from '../../kit/camera-kit.ts'

const SIZE = { width: 640, height: 480 }

t.test('a listing gives each format, size and rate', async (t) => {
  const offers = parseOffers(LISTING)
  t.same(
    offers.map(({ pixels, sizes: { most }, rates }) => [pixels, most.width, most.height, rates]),
    [
      ['MJPG', 1920, 1080, [30]],
      ['MJPG', 640, 480, [60, 30]],
      ['YUYV', 640, 480, [30]],
      ['YUYV', 1280, 720, [10]],
    ],
  )
})

t.test('uncompressed pixels of the usual size and rate are chosen', async (t) => {
  const format = chooseFormat(parseOffers(LISTING))
  t.same(format, { pixels: 'YUYV', ...SIZE, fps: 30 })
  t.equal(formatText(format), 'YUYV 640x480 at 30 frames/s')
  t.match(formatText({ ...format, fps: undefined }), /its own rate/)
})

t.test('a wanted size or rate is taken where it is offered, and refused where not', async (t) => {
  const offers = parseOffers(LISTING)
  const large = chooseFormat(offers, { size: { width: 1920, height: 1080 } })
  t.same(large, { pixels: 'MJPG', width: 1920, height: 1080, fps: 30 })
  t.same(chooseFormat(offers, { fps: 60 }), { pixels: 'MJPG', ...SIZE, fps: 60 })
  t.throws(() => chooseFormat(offers, { size: { width: 800, height: 600 } }), {
    code: 'device.camera-format',
    message: /800x600 .* offers MJPG 1920x1080, MJPG 640x480/,
  })
})

t.test('a slow format is only taken where there is no other', async (t) => {
  const [, , , slow] = parseOffers(LISTING)
  t.match(chooseFormat(slow === undefined ? [] : [slow]), { width: 1280, fps: 10 })
})

t.test('ranges of sizes and rates are fitted, grey before packed', async (t) => {
  const offers = parseOffers(`
	[0]: 'YUYV' (YUYV 4:2:2)
		Size: Discrete 640x480
			Interval: Discrete 0.033s (30.000 fps)
	[1]: 'GREY' (8-bit Greyscale)
		Size: Stepwise 16x16 - 1280x1024 with step 8/2
			Interval: Continuous 0.011s - 1.000s (1.000-90.000 fps)
	[2]: 'Y16 ' (16-bit Greyscale)
		Size: Continuous 32x32 - 800x600
`)
  t.same(chooseFormat(offers), { pixels: 'GREY', ...SIZE, fps: 30 })
  const wish = { size: { width: 800, height: 600 } }
  t.same(chooseFormat(offers, { ...wish, fps: 60 }), { pixels: 'GREY', ...wish.size, fps: 60 })
  const odd = { width: 799, height: 599 }
  t.same(chooseFormat(offers, { size: odd }), { pixels: 'Y16', ...odd, fps: undefined })
})

t.test('formats that are not read, and frames too small for an iris, are no choice', async (t) => {
  const offers = parseOffers(`
	[0]: 'H264' (H.264, compressed)
		Size: Discrete 640x480
	[1]: 'GREY' (8-bit Greyscale)
		Size: Discrete 160x120
`)
  t.equal(offers.length, 2)
  t.throws(() => chooseFormat(offers), { code: 'device.camera-format' })
  t.throws(() => chooseFormat([]), { message: /offers none that can be read/ })
})

t.test('a listing cut anywhere gives only what stood whole in it', async (t) => {
  const whole = parseOffers(LISTING).map(({ pixels, sizes }) =>
    JSON.stringify([pixels, sizes.least]),
  )
  for (let length = 0; length < LISTING.length; length++) {
    const offers = parseOffers(LISTING.slice(0, length))
    const last = offers.length - 1
    const isPrefix = offers.every(
      ({ pixels, sizes }, i) => i === last || JSON.stringify([pixels, sizes.least]) === whole[i],
    )
    if (!isPrefix) t.fail(`cut at ${length}`)
  }
  t.pass()
})

t.test(
  'noise gives no offer that is out of bounds, and much of it costs no more than a little',
  async (t) => {
    const line = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.constantFrom(...LISTING.split('\n')),
      fc.string({ maxLength: 30 }).map((text) => `\t\tSize: Discrete ${text}`),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
        for (const { sizes, rates } of parseOffers(lines.join('\n'))) {
          t.ok(sizes.most.width <= 99_999 && sizes.step.width >= 1)
          t.ok(rates.every((rate) => Number.isFinite(rate)))
        }
      }),
      { numRuns: 100 },
    )
    const flood = `[0]: 'GREY' (x)\n${'\t\tSize: Discrete 640x480\n'.repeat(100_000)}`
    t.equal(parseOffers(flood).length, 512)
    t.equal(parseOffers(`${'x'.repeat(MAX_LISTING_CHARACTERS)}\n${LISTING}`).length, 0)
  },
)
