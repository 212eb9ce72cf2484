import fc from 'fast-check'
import t from 'tap'
import { fromText } from '../../../protocol/bytes.ts'
import {
  openAnswer,
  openQuestion,
  type Question,
  type ShardAnswer,
  sealAnswer,
  sealQuestion,
} from '../../../runtime/match/messages.ts'
import { sealRow } from '../../../runtime/store-seal.ts'
import { handleOf, probeEyes, referencesOf } from '../../kit/gallery-people.ts'

const KEY = new Uint8Array(32).fill(5)
const QUESTION: Question = {
  references: referencesOf(probeEyes(1)),
  mode: 'fast',
  views: ['as-is', 'mirrored'],
  budgetMs: 30_000,
  gallerySize: 12,
}
const ANSWER: ShardAnswer = {
  shards: [
    { shard: 0, epoch: 3, persons: 4 },
    { shard: 63, epoch: 1, persons: 0 },
  ],
  gallerySize: 12,
  candidates: [
    { handle: handleOf(1), left: { numeratorBits: 900, commonBits: 9000 }, view: 'as-is' },
  ],
  undecided: [handleOf(2)],
}

t.test('question and answer come back as they were', (t) => {
  const question = openQuestion(KEY, 'q', sealQuestion(KEY, 'q', QUESTION))
  t.same(question?.references[0]?.bytes.reveal(), QUESTION.references[0]?.bytes.reveal())
  t.same({ ...question, references: [] }, { ...QUESTION, references: [] })
  t.same(openAnswer(KEY, 'q', 'w', sealAnswer(KEY, 'q', 'w', ANSWER)), ANSWER)
  t.end()
})

t.test('one of another question, worker or key is none of ours', (t) => {
  const answer = sealAnswer(KEY, 'q', 'w', ANSWER)
  const other = new Uint8Array(32).fill(6)
  t.equal(openAnswer(KEY, 'p', 'w', answer), undefined)
  t.equal(openAnswer(KEY, 'q', 'v', answer), undefined)
  t.equal(openAnswer(other, 'q', 'w', answer), undefined)
  const question = sealQuestion(KEY, 'q', QUESTION)
  t.equal(openQuestion(KEY, 'p', question), undefined)
  t.equal(openQuestion(other, 'q', question), undefined)
  t.equal(openQuestion(KEY, 'q', answer), undefined)
  t.end()
})

t.test('cut at any byte it is nothing', (t) => {
  const answer = sealAnswer(KEY, 'q', 'w', ANSWER)
  for (let end = 0; end < answer.length; end++) {
    if (openAnswer(KEY, 'q', 'w', answer.subarray(0, end)) !== undefined) t.fail(`cut at ${end}`)
  }
  t.end()
})

t.test('whatever is sealed under our key by mistake is read as nothing, and never thrown', (t) => {
  const place = fromText('!question\0q')
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      (bytes) => openQuestion(KEY, 'q', sealRow(KEY, place, bytes)) === undefined,
    ),
  )
  t.end()
})
