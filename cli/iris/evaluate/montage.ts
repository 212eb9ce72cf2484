import type { IrisBoundaries, Point } from '../../../biometrics/iris/boundaries.ts'
import type { GreyImage } from '../../../protocol/image.ts'

/** One image of a montage with what was found in it. */
export type MontageTile = {
  readonly image: GreyImage
  readonly boundaries?: IrisBoundaries | undefined
}

/** Size of a tile, pixels; every image is fitted into it. */
const TILE = { width: 320, height: 240 } as const
const GAP = 8
const GROUND = 255

/**
 * Pairs of images in two blocks side by side, one pair a row: left the worst genuine pairs, right
 * the best impostor pairs. Boundaries are drawn white above black.
 */
export function drawMontage(
  genuine: readonly (readonly [MontageTile, MontageTile])[],
  impostor: readonly (readonly [MontageTile, MontageTile])[],
): GreyImage {
  const rows = Math.max(1, genuine.length, impostor.length)
  const blockWidth = 2 * TILE.width + GAP
  const width = 2 * blockWidth + 3 * GAP
  const height = rows * (TILE.height + GAP) - GAP
  const sheet = { width, height, pixels: new Uint8Array(width * height).fill(GROUND) }
  ;[genuine, impostor].forEach((block, side) => {
    block.forEach((pair, row) => {
      pair.forEach((tile, i) => {
        const left = side * (blockWidth + 3 * GAP) + i * (TILE.width + GAP)
        drawTile(sheet, tile, left, row * (TILE.height + GAP))
      })
    })
  })
  return sheet
}

function drawTile(sheet: GreyImage, tile: MontageTile, left: number, top: number): void {
  const { image, boundaries } = tile
  const scale = Math.min(TILE.width / image.width, TILE.height / image.height)
  for (let y = 0; y < Math.floor(image.height * scale); y++) {
    for (let x = 0; x < Math.floor(image.width * scale); x++) {
      const from = Math.floor(y / scale) * image.width + Math.floor(x / scale)
      sheet.pixels[(top + y) * sheet.width + left + x] = image.pixels[from] ?? 0
    }
  }
  for (const curve of [boundaries?.pupil, boundaries?.limbus]) {
    if (curve) drawCurve(sheet, curve, { left, top, scale })
  }
}

type Placing = { readonly left: number; readonly top: number; readonly scale: number }

function drawCurve(sheet: GreyImage, curve: readonly Point[], placing: Placing): void {
  curve.forEach(([x, y], i) => {
    const [nextX, nextY] = curve[(i + 1) % curve.length] ?? [x, y]
    const steps = Math.ceil(Math.hypot(nextX - x, nextY - y) * placing.scale) + 1
    for (let step = 0; step < steps; step++) {
      const share = step / steps
      dot(sheet, placing, x + share * (nextX - x), y + share * (nextY - y))
    }
  })
}

/** A white point with a black one below it: to be seen on any ground. */
function dot(sheet: GreyImage, { left, top, scale }: Placing, x: number, y: number): void {
  const [column, row] = [Math.round(x * scale), Math.round(y * scale)]
  for (const [below, level] of [
    [0, 255],
    [1, 0],
  ] as const) {
    const isInside = column >= 0 && column < TILE.width && row >= 0 && row + below < TILE.height
    if (isInside) sheet.pixels[(top + row + below) * sheet.width + left + column] = level
  }
}
