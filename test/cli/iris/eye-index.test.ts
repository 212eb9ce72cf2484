import fc from 'fast-check'
import t from 'tap'
import { parseEyeIndex } from '../../../cli/iris/eye-index.ts'
import { hasCode } from '../../../protocol/errors.ts'

t.test('an index lists images by subject and eye', async (t) => {
  t.same(parseEyeIndex('path,subject,eye\r\na/1.png,001,L\r\na/2.png,001,right\n'), [
    { path: 'a/1.png', subject: '001', eye: 'left' },
    { path: 'a/2.png', subject: '001', eye: 'right' },
  ])
  t.same(parseEyeIndex('path,subject,eye\n'), [])
})

t.test('a wrong line is named, and no path leaves the folder', async (t) => {
  for (const [line, problem] of [
    ['x.png,1', 'line 2'],
    ['x.png,1,both', 'line 2'],
    ['x.png,1,left,extra', 'line 2'],
    ['../x.png,1,left', 'leaves'],
    ['/etc/x.png,1,left', 'leaves'],
  ] as const) {
    const text = `path,subject,eye\n${line}\n`
    t.throws(() => parseEyeIndex(text), { code: 'bytes.eye-index', message: problem })
  }
  t.throws(() => parseEyeIndex('file,who\n'), { code: 'bytes.eye-index' })
})

t.test('any text is rows or a named fault', async (t) => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseEyeIndex(`path,subject,eye\n${text}`)
      } catch (error) {
        t.ok(hasCode(error, 'bytes.eye-index'))
      }
    }),
  )
})
