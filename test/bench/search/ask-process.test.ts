import t from 'tap'
import { askProcess } from '../../../bench/search/ask-process.ts'
import { fromText } from '../../../protocol/bytes.ts'

const usual = { timeoutMs: 20_000, signal: new AbortController().signal }

t.test('a process gets its input, and its answer, talk and end are told', async (t) => {
  const script = `process.stdin.on('data', (d) => process.stdout.write(d)).on('end', () => {
    process.stderr.write('so'); process.exitCode = 3 })`
  const input = [fromText('one '), fromText('two')]
  const answer = await askProcess(process.execPath, ['-e', script], input, usual)
  t.same(answer, { code: 3, out: 'one two', err: 'so' })
})

t.test('one that is not there, or does not end, is no answer', async (t) => {
  t.equal((await askProcess('/nowhere/at-all', [], [], usual)).code, null)
  const forever = ['-e', 'setInterval(() => 0, 1000)']
  t.equal(
    (await askProcess(process.execPath, forever, [], { ...usual, timeoutMs: 300 })).code,
    null,
  )
})
