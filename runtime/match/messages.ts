import type { BiometricReference } from '../../protocol/biometric-reference.ts'
import { concat, fromText } from '../../protocol/bytes.ts'
import type { CborLimits } from '../../protocol/cbor.ts'
import type { EyeScore, ProbeView } from '../../protocol/duplicate-rule.ts'
import type { SearchMode } from '../../protocol/messages/duplicate.ts'
import { biometricReference, MAX_REFERENCES } from '../../protocol/messages/references.ts'
import {
  code,
  decodeRecord,
  encodeRecord,
  field,
  list,
  optional,
  record,
  type Schema,
  text,
  uint,
} from '../../protocol/schema.ts'
import { openRow, sealRow } from '../store-seal.ts'

/** What is asked of all who hold shards of a gallery. */
export type Question = {
  readonly references: readonly BiometricReference[]
  readonly mode: SearchMode
  readonly views: readonly ProbeView[]
  /** Milliseconds that a search may take. */
  readonly budgetMs: number
  /** Persons of the whole gallery as the asker knows it: the thresholds follow it. */
  readonly gallerySize: number
}

/** A shard that was searched whole, by whom holds it in this epoch, and the persons in it. */
export type SearchedShard = {
  readonly shard: number
  readonly epoch: number
  readonly persons: number
}

/** A candidate as an answer carries it. */
export type AnswerCandidate = {
  readonly handle: string
  readonly left?: EyeScore | undefined
  readonly right?: EyeScore | undefined
  readonly view: ProbeView
}

/** What one worker says: of the shards that it searched, and of no other. */
export type ShardAnswer = {
  readonly shards: readonly SearchedShard[]
  /** The size by which it chose the thresholds: the question's, or that of its own part where larger. */
  readonly gallerySize: number
  readonly candidates: readonly AnswerCandidate[]
  readonly undecided: readonly string[]
}

const MAX_SHARDS = 65_536
const MAX_LISTED = 1_000_000
const LIMITS: CborLimits = { maxBytes: 2 ** 26, maxDepth: 12 }

const view = code<ProbeView>({ 'as-is': 0, crossed: 1, flipped: 2, mirrored: 3 })
const handle = text(512)

const scoreSchema: Schema<EyeScore> = record<EyeScore>('score', {
  numeratorBits: field(1, uint(16_384)),
  commonBits: field(2, uint(16_384)),
})

const questionSchema: Schema<Question> = record<Question>('question', {
  references: field(1, list(biometricReference, MAX_REFERENCES)),
  mode: field(2, code<SearchMode>({ fast: 0, exact: 1 })),
  views: field(3, list(view, 4)),
  budgetMs: field(4, uint(2 ** 31 - 1)),
  gallerySize: field(5, uint()),
})

const answerSchema: Schema<ShardAnswer> = record<ShardAnswer>('shard-answer', {
  shards: field(
    1,
    list(
      record<SearchedShard>('searched-shard', {
        shard: field(1, uint(MAX_SHARDS)),
        epoch: field(2, uint()),
        persons: field(3, uint()),
      }),
      MAX_SHARDS,
    ),
  ),
  gallerySize: field(2, uint()),
  candidates: field(
    3,
    list(
      record<AnswerCandidate>('answer-candidate', {
        handle: field(1, handle),
        left: optional(2, scoreSchema),
        right: optional(3, scoreSchema),
        view: field(4, view),
      }),
      MAX_LISTED,
    ),
  ),
  undecided: field(4, list(handle, MAX_LISTED)),
})

/** A question as it lies in the database: sealed under the store's key, bound to its name. */
export function sealQuestion(key: Uint8Array, id: string, question: Question): Uint8Array {
  return sealRow(key, questionPlace(id), encodeRecord(questionSchema, question))
}

/** The question, or undefined where it is none of ours. */
export function openQuestion(
  key: Uint8Array,
  id: string,
  sealed: Uint8Array,
): Question | undefined {
  return opened(questionSchema, openRow(key, questionPlace(id), sealed))
}

/** An answer as it lies in the database: bound to question and worker. */
export function sealAnswer(
  key: Uint8Array,
  question: string,
  worker: string,
  answer: ShardAnswer,
): Uint8Array {
  return sealRow(key, answerPlace(question, worker), encodeRecord(answerSchema, answer))
}

/** The answer of that worker to that question, or undefined where it is none of ours. */
export function openAnswer(
  key: Uint8Array,
  question: string,
  worker: string,
  sealed: Uint8Array,
): ShardAnswer | undefined {
  return opened(answerSchema, openRow(key, answerPlace(question, worker), sealed))
}

function opened<T>(schema: Schema<T>, bytes: Uint8Array | undefined): T | undefined {
  if (bytes === undefined) return undefined
  try {
    return decodeRecord(schema, bytes, LIMITS)
  } catch {
    // Sealed by another version of this program: it is not answered, and so not covered.
    return undefined
  }
}

function questionPlace(id: string): Uint8Array {
  return concat(fromText('!question\0'), fromText(id))
}

function answerPlace(question: string, worker: string): Uint8Array {
  return concat(fromText('!answer\0'), fromText(question), fromText(`\0${worker}`))
}
