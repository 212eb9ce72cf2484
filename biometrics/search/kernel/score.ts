import { commonPositions, differingBits } from './count.ts'
import { LEAST_COMMON_POSITIONS, PLANE, RECORD, TURNS } from './layout.ts'

/** Set bits of a record's half mask: at most this many positions are common with any probe. */
export function usablePositions(record: usize): u32 {
  let count: u64 = 0
  for (let k: usize = 0; k < PLANE; k += 8) count += popcnt<u64>(load<u64>(record + k, 2 * PLANE))
  return <u32>count
}

/** From the middle outwards: 16, 17, 15, 18, 14 … */
function turnAt(i: usize): usize {
  return i & 1 ? <usize>16 + ((i + 1) >> 1) : <usize>16 - (i >> 1)
}

/**
 * Scores `count` records at `records`, or those that `chosen` lists by index unless it is 0: the
 * least fraction over 33 turns, of equal fractions the one nearest to turn 16, then the higher
 * turn. `probeUsable` are the probe's usable positions.
 */
export function score(
  records: usize,
  count: u32,
  chosen: usize,
  probe: usize,
  probeUsable: u32,
  scores: usize,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const index = chosen ? load<u32>(chosen + 4 * <usize>i) : i
    scoreOne(records + RECORD * <usize>index, probe, probeUsable, scores + 12 * <usize>i)
  }
}

function scoreOne(record: usize, probe: usize, probeUsable: u32, out: usize): void {
  const most = min<u32>(probeUsable, usablePositions(record))
  let bestDiffering: u32 = 0
  let bestCommon: u32 = 0
  let bestTurn: u32 = 0
  for (let i: usize = 0; i < TURNS; i++) {
    const turn = turnAt(i)
    const at = probe + 4 * turn
    const differing = differingBits(record, at)
    // The denominator is counted only where the most that it can be would better the best.
    if (bestCommon !== 0 && differing * bestCommon >= bestDiffering * most) continue
    const common = commonPositions(record, at)
    if (common < LEAST_COMMON_POSITIONS) continue
    if (bestCommon === 0 || differing * bestCommon < bestDiffering * common) {
      bestDiffering = differing
      bestCommon = common
      bestTurn = <u32>turn
    }
  }
  store<u32>(out, bestDiffering)
  store<u32>(out, bestCommon, 4)
  store<u32>(out, bestTurn, 8)
}
