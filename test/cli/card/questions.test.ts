import { PassThrough, Readable } from 'node:stream'
import t from 'tap'
import { openQuestions } from '../../../cli/card/questions.ts'
import { capture } from '../../kit/io.ts'

t.test('yes in full is a yes; anything else and the end of the input are a no', async (t) => {
  const { io, err } = capture()
  const typed = ['yes\nno\n', ' YES \ny\n', '\nyes please\nyes']
  const questions = openQuestions({ ...io, stdin: Readable.from(typed) })
  const answers = []
  for (let i = 0; i < 8; i++) answers.push(await questions.confirm('Shall it?'))
  t.same(answers, [true, false, true, false, false, false, true, false])
  t.match(err(), /^Shall it\? Type yes to do it: \n/)
  questions.close()
})

t.test('an interrupt is a no, and what was never asked reads nothing', async (t) => {
  const stop = new AbortController()
  const { io } = capture()
  const stdin = new PassThrough()
  const questions = openQuestions({ ...io, stdin, signal: stop.signal })
  const answer = questions.confirm('Shall it?')
  stop.abort()
  t.equal(await answer, false)
  const untouched = new PassThrough()
  openQuestions({ ...io, stdin: untouched }).close()
  t.equal(untouched.listenerCount('data') + untouched.listenerCount('readable'), 0)
})
