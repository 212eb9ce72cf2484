import { PassThrough, Readable } from 'node:stream'
import t from 'tap'
import { readPin } from '../../../cli/operator/read-pin.ts'

const never = new AbortController().signal

t.test('the first line is the PIN, whatever ends it', async (t) => {
  for (const typed of ['1234 ü\n', '1234 ü\r\nmore\n', '1234 ü']) {
    let said = ''
    const stderr = (text: string) => {
      said += text
    }
    t.equal(await readPin({ stdin: Readable.from([typed]), stderr, signal: never }), '1234 ü')
    t.notMatch(said, '1234')
  }
})

t.test('on a terminal nothing that is typed is shown', async (t) => {
  const modes: boolean[] = []
  const terminal = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (isRaw: boolean) => void modes.push(isRaw),
  })
  let said = ''
  const reading = readPin({
    stdin: terminal,
    signal: never,
    stderr: (text) => {
      said += text
    },
  })
  terminal.write('geheim\r')
  t.equal(await reading, 'geheim')
  t.same(modes, [true, false])
  t.notMatch(said, 'geheim')
})

t.test('Ctrl-C, and an input that ends, give no PIN', async (t) => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined })
  const typing = readPin({ stdin: terminal, signal: never, stderr: () => undefined })
  terminal.write('\u0003')
  await t.rejects(typing, { code: 'call.aborted' })
  const empty = readPin({ stdin: Readable.from([]), signal: never, stderr: () => undefined })
  await t.rejects(empty, { code: 'call.usage' })
})
