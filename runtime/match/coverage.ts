import { resultOf, type SearchCandidate } from '../../biometrics/search/exhaustive.ts'
import {
  decideDuplicate,
  duplicateThresholds,
  personScoreMillionths,
} from '../../protocol/duplicate-rule.ts'
import type { OracleAnswer, OracleCandidate } from '../duplicate-oracle.ts'
import { EXACT_UP_TO_PERSONS } from '../gallery.ts'
import { shardOfHandle } from '../postgres/gallery-shards.ts'
import type { ValidLease } from './leases.ts'
import type { ShardAnswer } from './messages.ts'

/** What has been said to one question, shard by shard. */
export type Coverage = {
  readonly isWhole: boolean
  /** Persons in the shards that were searched. */
  readonly persons: number
  /**
   * Takes what a worker says of shards that nobody has answered for, and which it holds by a lease in
   * force; gives how many shards it was not the holder of (any more).
   */
  take(worker: string, answer: ShardAnswer, leases: ReadonlyMap<number, ValidLease>): number
  /** Whether each part was decided as a gallery of `size` persons is. */
  isDecidedFor(size: number): boolean
  result(): OracleAnswer
}

/** Nothing said yet of so many shards; `lastKnown` are the persons that a shard had before. */
export function createCoverage(shards: number, lastKnown: Map<number, number>): Coverage {
  const persons = new Map<number, number>()
  const candidates = new Map<string, OracleCandidate>()
  const undecided = new Set<string>()
  const sizes = new Set<number>()
  const sum = () => [...persons.values()].reduce((all, one) => all + one, 0)

  function add(answer: ShardAnswer, news: ReadonlySet<number>): void {
    const isNews = (handle: string) => news.has(shardOfHandle(handle, shards))
    sizes.add(answer.gallerySize)
    for (const { handle, left, right, view } of answer.candidates) {
      if (isNews(handle)) candidates.set(handle, { handle, scores: { left, right }, view })
    }
    for (const handle of answer.undecided) if (isNews(handle)) undecided.add(handle)
  }

  return {
    get isWhole() {
      return persons.size === shards
    },
    get persons() {
      return sum()
    },
    take(worker, answer, leases) {
      const own = answer.shards.filter(({ shard, epoch }) => {
        const lease = leases.get(shard)
        return lease?.worker === worker && lease.epoch === epoch
      })
      const news = own.filter(({ shard }) => shard < shards && !persons.has(shard))
      for (const one of news) {
        persons.set(one.shard, one.persons)
        lastKnown.set(one.shard, one.persons)
      }
      if (news.length > 0) add(answer, new Set(news.map(({ shard }) => shard)))
      return answer.shards.length - own.length
    },
    isDecidedFor: (size) => [...sizes].every((used) => isAlike(used, size)),
    result() {
      const found = [...candidates.values()].flatMap((one) => ranked(one, Math.max(0, ...sizes)))
      const ordered = resultOf([{ candidates: found, undecided: [...undecided], searched: 0 }])
      const searched = sum()
      // Of a shard that nobody answered for it is not known that it is empty.
      const missing = Array.from({ length: shards }, (_, shard) => shard)
        .filter((shard) => !persons.has(shard))
        .reduce((all, shard) => all + Math.max(1, lastKnown.get(shard) ?? 1), 0)
      return {
        candidates: ordered.candidates.flatMap(({ handle }) => candidates.get(handle) ?? []),
        undecided: ordered.undecided,
        coverage: { searched, known: searched + missing },
      }
    },
  }
}

/** Whether galleries of both sizes are searched and decided alike. */
function isAlike(a: number, b: number): boolean {
  const isSmall = (size: number) => size <= EXACT_UP_TO_PERSONS
  const { upToPersons } = duplicateThresholds(a)
  return upToPersons === duplicateThresholds(b).upToPersons && isSmall(a) === isSmall(b)
}

function ranked({ handle, scores }: OracleCandidate, size: number): readonly SearchCandidate[] {
  const decision = decideDuplicate(scores, size)
  const scoreMillionths = personScoreMillionths(scores)
  if (decision.outcome !== 'candidate' || scoreMillionths === undefined) return []
  return [{ handle, scores, scoreMillionths, by: decision.by }]
}
