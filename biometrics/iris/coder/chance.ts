/*
 * Chances of 65,536 at the log-odds 0, 1/4, ... 8: 65536 / (1 + e^-x), rounded. They are written out,
 * and what lies between is drawn as straight lines in whole numbers, because Math.exp may differ in its
 * last bit from one machine to another, and one bit would spoil a whole code.
 */
const AT_QUARTERS = Int32Array.of(
  ...[32_768, 36_843, 40_793, 44_511, 47_911, 50_941, 53_581, 55_834, 57_724, 59_287, 60_565],
  ...[61_598, 62_428, 63_090, 63_615, 64_030, 64_357, 64_614, 64_816, 64_974, 65_097, 65_194],
  ...[65_269, 65_328, 65_374, 65_410, 65_438, 65_459, 65_476, 65_489, 65_500, 65_508, 65_514],
)
const STEPS_OF_A_QUARTER = 64
/** Log-odds of 8, in 1/256: nothing is held for surer. */
const MOST_SURE = 2048

/** The chance of a one, 22..65514 of 65,536, by its log-odds in whole 1/256. */
export function chanceOf(logOdds: number): number {
  const size = Math.min(Math.abs(logOdds), MOST_SURE)
  const quarter = Math.floor(size / STEPS_OF_A_QUARTER)
  const below = AT_QUARTERS[quarter] ?? 0
  const above = AT_QUARTERS[quarter + 1] ?? below
  const rest = size % STEPS_OF_A_QUARTER
  const chance = below + Math.floor(((above - below) * rest) / STEPS_OF_A_QUARTER)
  return logOdds < 0 ? 65_536 - chance : chance
}
