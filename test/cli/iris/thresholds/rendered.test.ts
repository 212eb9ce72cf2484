import t from 'tap'
import { oneEyeImpostors } from '../../../../cli/iris/thresholds/impostor-pairs.ts'
import { renderedSet } from '../../../../cli/iris/thresholds/rendered.ts'
import { spreadOf } from '../../../../cli/iris/thresholds/text.ts'

const progress = { show: () => {}, end: () => {} }

t.test('rendered strangers score as real strangers do', async (t) => {
  const { captures, table } = await renderedSet(4, progress, new AbortController().signal)
  t.equal(captures.length, 8)
  const { mean, sd } = spreadOf(oneEyeImpostors(captures, 4, table))
  t.ok(mean > 0.44 && mean < 0.48, `${mean}`)
  t.ok(sd < 0.02, `${sd}`)
})

t.test('it stops when told to', async (t) => {
  await t.rejects(renderedSet(4, progress, AbortSignal.abort()), { code: 'call.aborted' })
})
