import { extremes } from './extremes.ts'

/** Pixels by which a glint's blurred rim is taken along, each way. */
const RIM: i32 = 2
const GREATEST: u32 = 0x80_00_00_00

/**
 * Grey levels spread from `low` by `gain` onto 10 and up, then glints filled: `workingImage` of
 * ../working.ts with `fillGlints` of ../specular.ts. A glint is brighter than `level` and by `contrast`
 * brighter than the ground that an opening of `reach` leaves. `row` and `plane` are as `extremes`
 * needs them; `spread`, `glints` and `filled` have room for 8 floats more than the raster, and are the
 * raster's spread levels, 1 where a glint was, and the raster without glints.
 */
export function despeckle(
  data: usize,
  width: i32,
  height: i32,
  low: f64,
  gain: f64,
  reach: i32,
  level: f32,
  contrast: f64,
  row: usize,
  plane: usize,
  spread: usize,
  glints: usize,
  filled: usize,
): void {
  const bytes: usize = 4 * <usize>(width * height)
  spreadLevels(data, bytes, low, gain, spread)
  extremes(spread, width, height, reach, 0, row, plane, glints)
  extremes(glints, width, height, reach, GREATEST, row, plane, filled)
  findPeaks(spread, filled, bytes, level, contrast, data)
  extremes(data, width, height, RIM, GREATEST, row, plane, glints)
  for (let k: usize = 0; k < bytes; k += 16) {
    const own = v128.load(spread + k)
    const ground = v128.load(filled + k)
    const isGlint = f32x4.eq(v128.load(glints + k), f32x4.splat(1))
    const isLower = v128.and(isGlint, f32x4.lt(ground, own))
    v128.store(filled + k, v128.bitselect(ground, own, isLower))
  }
}

function spreadLevels(from: usize, bytes: usize, low: f64, gain: f64, to: usize): void {
  for (let k: usize = 0; k < bytes; k += 8) {
    const value = f64x2.promote_low_f32x4(v128.load64_zero(from + k))
    const over = f64x2.mul(f64x2.sub(value, f64x2.splat(low)), f64x2.splat(gain))
    const level = f64x2.add(f64x2.splat(10), over)
    const clipped = f64x2.pmin(f64x2.pmax(level, f64x2.splat(0)), f64x2.splat(255))
    v128.store64_lane(to + k, f32x4.demote_f64x2_zero(clipped), 0)
  }
}

/** 1 where a level stands out from its ground, else 0. */
function findPeaks(
  levels: usize,
  grounds: usize,
  bytes: usize,
  level: f32,
  contrast: f64,
  to: usize,
): void {
  for (let k: usize = 0; k < bytes; k += 16) {
    v128.store(to + k, f32x4.splat(0))
    if (!v128.any_true(f32x4.gt(v128.load(levels + k), f32x4.splat(level)))) continue
    for (let i = k; i < k + 16; i += 4) {
      const value = load<f32>(levels + i)
      const isPeak = value > level && <f64>value - <f64>load<f32>(grounds + i) > contrast
      store<f32>(to + i, isPeak ? 1 : 0)
    }
  }
}
