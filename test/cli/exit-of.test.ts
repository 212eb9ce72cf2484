import { readFile } from 'node:fs/promises'
import t from 'tap'
import { exitOf } from '../../cli/exit-of.ts'
import { PersonhoodError } from '../../protocol/errors.ts'

t.test('each family of faults has its sysexits code', async (t) => {
  const codes: readonly (readonly [PersonhoodError['code'], number])[] = [
    ['call.usage', 2],
    ['call.aborted', 130],
    ['config.invalid', 78],
    ['bytes.cose', 65],
    ['file.missing', 66],
    ['file.full', 74],
    ['store.busy', 69],
    ['store.key-permissions', 77],
    ['store.full', 74],
    ['device.permission', 77],
    ['device.missing', 69],
    ['link.down', 69],
    ['call.no-key', 70],
  ]
  for (const [code, exit] of codes) t.equal(exitOf(new PersonhoodError(code, 'x')).code, exit, code)
})

t.test('a missing file is said in plain words', async (t) => {
  const error = await readFile('/no/such/file').catch((cause: unknown) => cause)
  const { code, sentence } = exitOf(error)
  t.equal(code, 66)
  t.equal(sentence, '/no/such/file: there is no such file or folder')
})

t.test('a fault of our own asks to be reported', async (t) => {
  const { code, sentence } = exitOf(new TypeError('x is not a function'))
  t.equal(code, 70)
  t.match(sentence, 'please report')
})
