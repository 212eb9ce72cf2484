import t from 'tap'
import { renderRidges } from '../../../hardware/finger/ridge-image.ts'
import { equalBytes } from '../../../protocol/bytes.ts'

/** Normalised correlation of two pictures, -1..1. */
function likeness(a: Uint8Array, b: Uint8Array): number {
  const mean = (all: Uint8Array) => all.reduce((sum, value) => sum + value, 0) / all.length
  const [meanA, meanB] = [mean(a), mean(b)]
  let [both, own, other] = [0, 0, 0]
  for (const [i, value] of a.entries()) {
    const [da, db] = [value - meanA, (b[i] ?? 0) - meanB]
    both += da * db
    own += da * da
    other += db * db
  }
  return both / Math.sqrt(own * other)
}

t.test('one press is one picture; another press of the finger is much like it', async (t) => {
  const first = renderRidges(192, 192, { finger: 1, press: 1 })
  t.ok(equalBytes(first.pixels, renderRidges(192, 192, { finger: 1, press: 1 }).pixels))
  const second = renderRidges(192, 192, { finger: 1, press: 2 })
  const other = renderRidges(192, 192, { finger: 2, press: 1 })
  const [same, different] = [second, other].map(({ pixels }) => likeness(first.pixels, pixels))
  t.ok((same ?? 0) > 0.9, `same finger ${same}`)
  t.ok((different ?? 1) < 0.6, `other finger ${different}`)
})

t.test('ridges alternate about every nine pixels in the middle, and end at the rim', async (t) => {
  const { width, height, pixels } = renderRidges(256, 288, { finger: 3, press: 1 })
  t.equal(pixels.length, width * height)
  let changes = 0
  for (let row = 60; row < 228; row++) {
    const isDark = (pixels[row * width + 128] ?? 0) < 120
    const wasDark = (pixels[(row - 1) * width + 128] ?? 0) < 120
    if (isDark !== wasDark) changes++
  }
  // Two changes a period where ridges cross the column squarely, fewer where they run along it.
  t.ok(changes > 12 && changes < 48, `${changes} changes in 168 rows`)
  t.ok((pixels[0] ?? 0) > 180)
})

t.test('a wet finger is darker than a dry one, a shifted one elsewhere', async (t) => {
  const dark = (wetness: number) =>
    renderRidges(160, 160, { finger: 4, press: 1, wetness }).pixels.filter((p) => p < 120).length
  t.ok(dark(0.8) > 1.3 * dark(0.2))
  const moved = renderRidges(160, 160, { finger: 4, press: 1, shiftX: 30, turn: 20 })
  const still = renderRidges(160, 160, { finger: 4, press: 1 })
  t.ok(likeness(moved.pixels, still.pixels) < 0.6)
})
