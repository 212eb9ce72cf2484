import t from 'tap'
import { parseEyeSet } from '../../../cli/iris/eye-set.ts'

t.test('an index names images, subjects and eyes, whoever wrote its line ends', async (t) => {
  const text = '\ufeffpath,subject,eye\r\na/1.bmp,007,L\r\nb.png, 008 ,right\n\n'
  t.same(parseEyeSet(text, '/set'), [
    { file: '/set/a/1.bmp', path: 'a/1.bmp', subject: '007', label: '007', eye: 'left' },
    { file: '/set/b.png', path: 'b.png', subject: '008', label: '008', eye: 'right' },
  ])
})

t.test('a fourth column says which images were taken at one time', async (t) => {
  const text = 'path,subject,eye,visit\na.png,1,L,mon\n'
  t.match(parseEyeSet(text, '/set'), [{ path: 'a.png', eye: 'left', visit: 'mon' }])
  t.throws(() => parseEyeSet('path,subject,eye,visit\na.png,1,L\n', '/set'), {
    message: /line 2 is not four fields/,
  })
})

t.test('all problems of an index are told with their lines', async (t) => {
  t.throws(() => parseEyeSet('file,who\n../x.png,1,L\na.png,1\n/etc/x,1,L\n', '/set'), {
    code: 'bytes.eye-set',
    message:
      /line 1 is not.*line 2 points outside.*line 3 is not three.*line 4 points outside.*no image/,
  })
})
