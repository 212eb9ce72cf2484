import { DUPLICATE_VIEWS } from '../../protocol/duplicate-rule.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { OracleAnswer, OracleCandidate } from '../../runtime/duplicate-oracle.ts'
import type { GatewayContext } from '../context.ts'
import type { OwnSearch } from '../records/rows.ts'
import { leavesOpen } from './eyes.ts'

/** Candidates of one search that become cases: the best ones. More would bury the reviewers. */
export const MAX_CANDIDATES = 8

/** A pair within the district. The younger enrolment is the one in question. */
export type OwnPair = {
  readonly younger: string
  readonly elder: string
  readonly candidate: OracleCandidate
}

/** What the own gallery says of an enrolment of its own, and the pairs that people must look at. */
export type OwnResult = { readonly own: OwnSearch; readonly pairs: readonly OwnPair[] }

/** Searches the own gallery for everyone but the enrolment itself. */
export async function searchOwn(
  { gallery, registry, policy, stopping: signal }: GatewayContext,
  record: string,
): Promise<OwnResult> {
  const probe = await gallery.references(record)
  if (probe === undefined) {
    throw new PersonhoodError('store.damaged', `enrolment ${record} has no row in the gallery`)
  }
  const deadlineMs = policy.searchSeconds * 1000
  const options = { mode: 'fast', deadlineMs, signal, views: DUPLICATE_VIEWS } as const
  const found = await gallery.query(probe, options)
  const { candidates, coverage, undecided } = withoutSelf(found, record)
  const place = async (handle: string) => (await registry.get(handle))?.logIndex ?? 0
  const own = await place(record)
  const pairs = await Promise.all(
    candidates.slice(0, MAX_CANDIDATES).map(async (candidate): Promise<OwnPair> => {
      const { handle } = candidate
      const isElder = (await place(handle)) < own
      return isElder
        ? { younger: record, elder: handle, candidate }
        : { younger: handle, elder: record, candidate }
    }),
  )
  const isInQuestion = pairs.some(({ younger }) => younger === record)
  const isOpen = coverage.searched < coverage.known || (await leavesOpen(gallery, probe, undecided))
  const verdict = isInQuestion ? 'candidate' : isOpen ? 'undecided' : 'none'
  return { own: { verdict, coverage }, pairs }
}

function withoutSelf(answer: OracleAnswer, record: string): OracleAnswer {
  const { searched, known } = answer.coverage
  const candidates = answer.candidates.filter(({ handle }) => handle !== record)
  const undecided = answer.undecided.filter((handle) => handle !== record)
  const found = candidates.length + undecided.length
  // Who is compared with herself is found; where she is not, it was she who was not looked at.
  const self = answer.candidates.length + answer.undecided.length - found
  return { candidates, undecided, coverage: { searched: searched - self, known: known - 1 } }
}
