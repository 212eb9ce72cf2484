import {
  IRIS_COLUMNS,
  IRIS_PLANE_WORDS,
  type IrisPlanes,
  IrisTemplate,
} from '../../protocol/iris-template.ts'
import { compareIris } from './compare.ts'

/** What was made of the templates of one eye. */
export type FusedIris = {
  readonly template: IrisTemplate
  /** Places in the list of the templates that went in, best first; the others were outliers. */
  readonly members: readonly number[]
}

/**
 * Frames of one eye a moment apart compare far below this fraction of differing bits; what lies
 * above is badly segmented or not the same eye, and would spoil the vote.
 */
const OUTLIER_FRACTION = 0.3
/**
 * Share of the votes that a bit needs: two of three, three of four. Three of three would mask so
 * much that fused templates could not be compared (measured, docs/iris.md).
 */
const CONSISTENT_SHARE = 0.6

/** With two frames each disagreement would be a tie. */
const FEWEST_VOTERS = 3

/**
 * One template of several of the same eye, best first. The best one that agrees with most others
 * leads; the rest are turned onto it, one that disagrees is left out, and each bit is what most of
 * those say that see it. A place at which too few agree is masked. Fewer than three that agree are
 * no vote: the leader alone is the answer. Undefined for an empty list.
 */
export function fuseIris(templates: readonly IrisTemplate[]): FusedIris | undefined {
  const lead = leadOf(templates)
  const leader = templates[lead]
  if (leader === undefined) return undefined
  const members = [lead]
  const turned = [leader.planes()]
  templates.forEach((template, i) => {
    if (i === lead) return
    const shift = shiftOnto(leader, template)
    if (shift === undefined) return
    members.push(i)
    turned.push(turn(template.planes(), shift))
  })
  if (turned.length < FEWEST_VOTERS) return { template: leader, members: [lead] }
  return { template: new IrisTemplate(voted(turned)), members }
}

/** The template that most others agree with; of equals the first. */
function leadOf(templates: readonly IrisTemplate[]): number {
  let lead = 0
  let most = -1
  templates.forEach((template, i) => {
    const agreeing = templates.filter(
      (other) => other !== template && shiftOnto(template, other) !== undefined,
    ).length
    if (agreeing > most) {
      most = agreeing
      lead = i
    }
  })
  return lead
}

/** The column of `other` that lies on column 0 of `leader`, or undefined where they disagree. */
function shiftOnto(leader: IrisTemplate, other: IrisTemplate): number | undefined {
  const comparison = compareIris(leader, other)
  if (comparison.outcome === 'could-not-compare') return undefined
  const { numeratorBits, commonBits } = comparison.score
  return numeratorBits <= OUTLIER_FRACTION * commonBits ? comparison.shiftColumns : undefined
}

function turn({ re, im, mask }: IrisPlanes, shift: number): IrisPlanes {
  const turned = (plane: Uint32Array) =>
    plane.map((_, column) => plane[(column + shift) & (IRIS_COLUMNS - 1)] as number)
  return { re: turned(re), im: turned(im), mask: turned(mask) }
}

/** The vote of at least three frames, place by place. */
function voted(frames: readonly IrisPlanes[]): IrisPlanes {
  const planes = {
    re: new Uint32Array(IRIS_PLANE_WORDS),
    im: new Uint32Array(IRIS_PLANE_WORDS),
    mask: new Uint32Array(IRIS_PLANE_WORDS),
  }
  for (let column = 0; column < IRIS_PLANE_WORDS; column++) {
    for (let bit = 0; bit < 32; bit++) voteAt(frames, column, bit, planes)
  }
  return planes
}

function voteAt(
  frames: readonly IrisPlanes[],
  column: number,
  bit: number,
  { re, im, mask }: IrisPlanes,
): void {
  const seeing = frames.filter((frame) => isSet(frame.mask, column, bit))
  const realVotes = seeing.filter((frame) => isSet(frame.re, column, bit)).length
  const imaginaryVotes = seeing.filter((frame) => isSet(frame.im, column, bit)).length
  if (!isConsistent(realVotes, seeing.length)) return
  if (!isConsistent(imaginaryVotes, seeing.length)) return
  const one = 1 << bit
  mask[column] = (mask[column] as number) | one
  if (2 * realVotes > seeing.length) re[column] = (re[column] as number) | one
  if (2 * imaginaryVotes > seeing.length) im[column] = (im[column] as number) | one
}

function isSet(plane: Uint32Array, column: number, bit: number): boolean {
  return (((plane[column] as number) >>> bit) & 1) === 1
}

function isConsistent(votes: number, voters: number): boolean {
  return voters > 0 && Math.max(votes, voters - votes) >= CONSISTENT_SHARE * voters
}
