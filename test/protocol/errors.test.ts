import t from 'tap'
import { hasCode, PersonhoodError } from '../../protocol/errors.ts'

t.test('an error keeps its code, its words and its origin', async (t) => {
  const cause = new Error('no such file')
  const error = new PersonhoodError('file.missing', 'roots.json is not there', { cause })
  t.equal(error.code, 'file.missing')
  t.equal(error.message, 'roots.json is not there')
  t.equal(error.cause, cause)
  t.equal(error.name, 'PersonhoodError')
  t.ok(error instanceof Error)
})

t.test('a code covers itself and what lies below it, by whole words', async (t) => {
  const error = new PersonhoodError('bytes.cbor', 'cut short')
  t.ok(hasCode(error, 'bytes'))
  t.ok(hasCode(error, 'bytes.cbor'))
  t.notOk(hasCode(error, 'byte'))
  t.notOk(hasCode(error, 'bytes.cb'))
  t.notOk(hasCode(error, 'bytes.cbor.more'))
  t.notOk(hasCode(error, 'call'))
})

t.test('another’s error has no code of ours', async (t) => {
  for (const other of [new Error('bytes'), { code: 'bytes' }, 'bytes', undefined, null]) {
    t.notOk(hasCode(other, 'bytes'))
  }
})
