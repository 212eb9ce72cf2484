import { createHash } from 'node:crypto'
import type { PostgresStoreOptions } from '../postgres/postgres-options.ts'
import type { Readers } from '../postgres/readers.ts'
import {
  openAnswer,
  openQuestion,
  type Question,
  type ShardAnswer,
  sealAnswer,
  sealQuestion,
} from './messages.ts'

/** A question that waits in the database, or one whose answer is known to be there already. */
export type OpenQuestion = {
  readonly id: string
  readonly asker: string
  /** Milliseconds until nobody waits any more. */
  readonly leftMs: number
  /** Absent where it was not asked for, or is none of ours. */
  readonly question: Question | undefined
}

/** What a worker says to a question. */
export type PostedAnswer = {
  readonly question: string
  readonly worker: string
  readonly answer: ShardAnswer
}

/**
 * Where questions and answers meet: two tables that are not logged. They are gone after a crash of
 * the server, as memory would be, and whoever asks then asks again.
 */
export type Board = {
  post(asker: string, questions: ReadonlyMap<string, Question>): Promise<void>
  withdraw(ids: readonly string[]): Promise<void>
  /** All that are open; of those in `known` only that they are. */
  open(known: readonly string[]): Promise<readonly OpenQuestion[]>
  answer(asker: string, answers: readonly PostedAnswer[]): Promise<void>
  /** Takes the answers to an asker, each once. */
  take(asker: string): Promise<readonly PostedAnswer[]>
  /** Tells all workers that leases are free. */
  tellWorkers(): Promise<void>
  /** Erases what nobody waits for any more. */
  sweep(): Promise<void>
}

/** The payload of notifications for workers; those for an asker carry its name. */
export const FOR_WORKERS = 'workers'

/** The channel of a district's notifications. */
export function channelOf(district: string): string {
  return `match_${createHash('sha256').update(district).digest('hex').slice(0, 32)}`
}

const POST_SQL = `
  WITH posted AS (
    INSERT INTO personhood.question (district, question, asker, expires, body)
      SELECT $1, q, $2, now() + ms * interval '1 millisecond', b
        FROM unnest($3::text[], $4::float8[], $5::bytea[]) AS t (q, ms, b)
      ON CONFLICT DO NOTHING
  ) SELECT pg_notify($6, $7)`
const ANSWER_SQL = `
  WITH answered AS (
    INSERT INTO personhood.answer (district, asker, answer, question, worker, expires, body)
      SELECT $1, $2, gen_random_uuid()::text, q, w, now() + interval '1 minute', b
        FROM unnest($3::text[], $4::text[], $5::bytea[]) AS t (q, w, b)
  ) SELECT pg_notify($6, $2)`
const SWEEP_SQL = `
  WITH questions AS (
    DELETE FROM personhood.question WHERE district = $1 AND expires < now() - interval '1 minute'
  ) DELETE FROM personhood.answer WHERE district = $1 AND expires < now()`

/** The board of a district; what is on it is sealed under the store's key. */
export function createBoard(readers: Readers, { district, key }: PostgresStoreOptions): Board {
  const channel = channelOf(district)
  return {
    async post(asker, questions) {
      const all = [...questions]
      await readers.query(POST_SQL, [
        ...[district, asker, all.map(([id]) => id)],
        all.map(([, { budgetMs }]) => budgetMs),
        all.map(([id, question]) => sealQuestion(key, id, question)),
        ...[channel, FOR_WORKERS],
      ])
    },
    async withdraw(ids) {
      await readers.query(
        'DELETE FROM personhood.question WHERE district = $1 AND question = ANY ($2::text[])',
        [district, ids],
      )
    },
    async open(known) {
      const rows = await readers.query<{
        readonly id: string
        readonly asker: string
        readonly left_ms: number
        readonly body: Uint8Array | null
      }>(
        `SELECT question AS id, asker, extract(epoch FROM expires - now())::float8 * 1000 AS left_ms,
          CASE WHEN question = ANY ($2::text[]) THEN NULL ELSE body END AS body
          FROM personhood.question WHERE district = $1 AND expires > now() ORDER BY expires`,
        [district, known],
      )
      return rows.map(({ id, asker, left_ms: leftMs, body }) => ({
        ...{ id, asker, leftMs },
        question: body === null ? undefined : openQuestion(key, id, body),
      }))
    },
    async answer(asker, answers) {
      await readers.query(ANSWER_SQL, [
        ...[district, asker],
        answers.map(({ question }) => question),
        answers.map(({ worker }) => worker),
        answers.map(({ question, worker, answer }) => sealAnswer(key, question, worker, answer)),
        channel,
      ])
    },
    async take(asker) {
      const rows = await readers.query<{
        readonly question: string
        readonly worker: string
        readonly body: Uint8Array
      }>(
        `DELETE FROM personhood.answer WHERE district = $1 AND asker = $2
          RETURNING question, worker, body`,
        [district, asker],
      )
      return rows.flatMap(({ question, worker, body }) => {
        const answer = openAnswer(key, question, worker, body)
        return answer === undefined ? [] : [{ question, worker, answer }]
      })
    },
    async tellWorkers() {
      await readers.query('SELECT pg_notify($1, $2)', [channel, FOR_WORKERS])
    },
    async sweep() {
      await readers.query(SWEEP_SQL, [district])
    },
  }
}
