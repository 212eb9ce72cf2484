import { resultOf, type SearchCandidate } from '../../biometrics/search/exhaustive.ts'
import type { ProbeView } from '../../protocol/duplicate-rule.ts'
import type { OracleAnswer } from '../duplicate-oracle.ts'
import type { PersonResult } from './person-search.ts'

/** What a view of the probe found. */
export type ViewedResult = PersonResult & { readonly view: ProbeView }

/** One answer of all views: each person in the view that is best for her, by (score, handle). */
export function answerOf(results: readonly ViewedResult[]): OracleAnswer {
  const best = new Map<string, SearchCandidate & { readonly view: ProbeView }>()
  for (const { candidates, view } of results) {
    for (const candidate of candidates) {
      const known = best.get(candidate.handle)
      if (known && known.scoreMillionths <= candidate.scoreMillionths) continue
      best.set(candidate.handle, { ...candidate, view })
    }
  }
  const [first] = results
  const { candidates, undecided } = resultOf([
    { candidates: [...best.values()], undecided: first?.undecided ?? [], searched: 0 },
  ])
  const known = Math.max(0, ...results.map(({ coverage }) => coverage.known))
  const missing = Math.max(0, ...results.map(({ coverage }) => coverage.known - coverage.searched))
  return {
    candidates: candidates.map(({ handle, scores }) => ({
      ...{ handle, scores, view: best.get(handle)?.view ?? 'as-is' },
    })),
    undecided,
    coverage: { searched: known - missing, known },
  }
}
