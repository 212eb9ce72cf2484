import fc from 'fast-check'
import t from 'tap'
import { imagesOfPart, parseSplit } from '../../../../cli/iris/evaluate/split.ts'
import { PersonhoodError } from '../../../../protocol/errors.ts'

const TEXT = `# labels of a set
part development: 001-003 010
part frozen: 004, 005
same: 010=001   # seen by both eyes
`

const image = (label: string) => ({
  file: `/set/${label}.png`,
  path: `${label}.png`,
  subject: label,
  label,
  eye: 'left',
})

t.test('a part takes its subjects, and labels of one person become one', async (t) => {
  const split = parseSplit(TEXT, 'x')
  const images = ['001', '003', '004', '010', '077'].map(image)
  t.same(
    imagesOfPart(images, split, 'development').map(({ label, subject }) => [label, subject]),
    [
      ['001', '001'],
      ['003', '003'],
      ['010', '001'],
    ],
  )
  t.same(
    imagesOfPart(images, split, 'frozen').map(({ path }) => path),
    ['004.png'],
  )
  t.throws(() => imagesOfPart(images, split, 'test'), {
    code: 'call.usage',
    message: /only: development, frozen/,
  })
  t.throws(() => imagesOfPart([image('077')], split, 'frozen'), { code: 'bytes.split' })
})

t.test('what would leak a person from one part to another is refused, with its line', async (t) => {
  const problem = (text: string) => {
    try {
      parseSplit(text, 'x')
    } catch (error) {
      return error instanceof PersonhoodError ? error.message : String(error)
    }
    return 'accepted'
  }
  t.match(problem('part a: 1 2\npart b: 2'), /2 is in a and in b/)
  t.match(problem('part a: 1\npart b: 2\nsame: 2=1'), /2=1 joins two parts/)
  t.match(problem('part a: 1 2 3\nsame: 3=2 2=1'), /3=2, and 2 counts as another/)
  t.match(problem('part a: 1 2\nsame: 2=1 2=1'), /line 2 merges 2 twice/)
  t.match(problem('part a: 1\nsame: 1=1'), /1=1 is not a=b/)
  t.match(problem('part a: 010-1'), /line 1 has the broken range 010-1/)
  t.match(problem('part a: 9-1'), /broken range/)
  t.match(problem('parts a: 1'), /line 1 is neither.*names no part/)
})

t.test('noise is refused, never a crash', async () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), (noise) => {
      try {
        parseSplit(`part a: 1\n${noise}`, 'x')
      } catch (error) {
        if (!(error instanceof PersonhoodError)) throw error
      }
    }),
  )
})
