import { assuranceOf, type DistrictPath } from '../../protocol/district.ts'
import { DAY_S, type UnixSeconds } from '../../protocol/time.ts'
import type { AskRow, CheckCoverage, OwnSearch } from '../records/rows.ts'

/** One enrolment on its way from provisional to final. */
export type Check = {
  readonly started: UnixSeconds
  readonly own?: OwnSearch | undefined
  readonly asks: ReadonlyMap<DistrictPath, AskRow>
  /** People decide about a candidate pair by then: the credential stays provisional meanwhile. */
  readonly disputedUntil?: UnixSeconds | undefined
}

/** What a check is judged by. */
export type CheckRules = {
  readonly home: DistrictPath
  /** All districts of the trust list. */
  readonly known: readonly DistrictPath[]
  readonly now: UnixSeconds
  readonly answerDays: number
  /** The highest assurance that the district's delegation allows; 0 = its key is not valid now. */
  readonly maxAssurance: number
}

/** What is to be done next about an enrolment. */
export type CheckStep =
  | { readonly name: 'search' }
  | { readonly name: 'ask'; readonly peers: readonly DistrictPath[] }
  | { readonly name: 'wait' }
  | { readonly name: 'final'; readonly assurance: number; readonly coverage: CheckCoverage }

/**
 * The own gallery first, then every known district, then the final credential: with the assurance
 * of those that said *none* over all of their gallery. A district that has not said anything that
 * counts is waited for until `answerDays` are over; then it is left out, and the coverage says so.
 */
export function nextStep(check: Check, rules: CheckRules): CheckStep {
  const { home, known, now, answerDays, maxAssurance } = rules
  if (check.own === undefined) return { name: 'search' }
  const unasked = known.filter((peer) => peer !== home && !check.asks.has(peer))
  if (unasked.length > 0) return { name: 'ask', peers: unasked }
  if (check.disputedUntil !== undefined || maxAssurance < 1) return { name: 'wait' }
  const isPatient = now < check.started + answerDays * DAY_S
  if (isPatient && known.some((peer) => isAwaited(check.asks.get(peer)))) return { name: 'wait' }
  const coverage = coverageOf(check, home, known)
  const asked = askedDistricts(check, home, known)
  return {
    name: 'final',
    assurance: Math.min(assuranceOf(home, asked, [...new Set([home, ...known])]), maxAssurance),
    coverage,
  }
}

/** True while a question to a peer is worth asking again: it said nothing yet, or nothing that lasts. */
export function isAwaited(ask: AskRow | undefined): boolean {
  if (ask === undefined) return false
  if (ask.verdict === 'undecided') return ask.coverage.searched < ask.coverage.known
  return ask.verdict === 'open' || ask.verdict === 'refused' || ask.verdict === 'expired'
}

/** Who has been asked so far, of all that are known. */
export function coverageOf(
  check: Check,
  home: DistrictPath,
  known: readonly DistrictPath[],
): CheckCoverage {
  const asked = askedDistricts(check, home, known)
  const searched = asked.map((district) =>
    district === home ? check.own?.coverage.searched : check.asks.get(district)?.coverage.searched,
  )
  return {
    asked: asked.length,
    known: new Set([home, ...known]).size,
    searched: searched.reduce<number>((sum, persons) => sum + (persons ?? 0), 0),
  }
}

/** Districts that compared with their whole gallery and know nobody like this. */
function askedDistricts(
  check: Check,
  home: DistrictPath,
  known: readonly DistrictPath[],
): readonly DistrictPath[] {
  const peers = known.filter((peer) => peer !== home && check.asks.get(peer)?.verdict === 'none')
  return check.own?.verdict === 'none' ? [home, ...peers] : peers
}
