import t from 'tap'
import { worstPairs } from '../../../../cli/iris/evaluate/failures.ts'
import { drawMontage } from '../../../../cli/iris/evaluate/montage.ts'
import { captures, tableOf } from '../../../kit/score-tables.ts'

t.test(
  'the pairs to look at first: no score, then high ones; of strangers the low ones',
  async (t) => {
    const set = captures('aL', 'aL', 'aL', 'bL', 'bR-', 'bR')
    const scores: Readonly<Record<string, number | null>> = {
      '1,0': 300,
      '2,0': null,
      '2,1': 100,
      '3,0': 390,
      '3,1': 380,
      '3,2': null,
    }
    const table = tableOf(5, (i, j) => {
      const score = scores[`${i},${j}`]
      return score === undefined ? 480 : score
    })
    const { genuine, impostor } = worstPairs(set, table, 2)
    t.same(
      genuine.map(({ a, b, score }) => [a.template, b.template, score]),
      [
        [2, 0, null],
        [1, 0, 300 / 1024],
      ],
    )
    t.same(
      impostor.map(({ a, b, score }) => [a.template, b.template, score]),
      [
        [3, 1, 380 / 1024],
        [3, 0, 390 / 1024],
      ],
    )
  },
)

t.test(
  'a montage has genuine pairs on the left, impostors on the right, with boundaries',
  async (t) => {
    const plain = (level: number, width = 320, height = 240) => ({
      image: { width, height, pixels: new Uint8Array(width * height).fill(level) },
    })
    const square = [
      [100, 100],
      [140, 100],
      [140, 140],
      [100, 140],
    ] as const
    const boundaries = { pupil: square, limbus: [], covered: [] }
    const sheet = drawMontage(
      [[{ ...plain(10), boundaries }, plain(20)]],
      [
        [plain(30), plain(40, 1280, 960)],
        [plain(50), plain(60, 160, 240)],
      ],
    )
    t.same([sheet.width, sheet.height], [4 * 320 + 5 * 8, 2 * 240 + 8])
    const at = (x: number, y: number) => sheet.pixels[y * sheet.width + x]
    t.same([at(5, 5), at(333, 5), at(677, 5), at(1005, 5)], [10, 20, 30, 40])
    t.same([at(5, 260), at(677, 260), at(1005, 487)], [255, 50, 60], 'no second genuine pair')
    t.equal(at(1005 + 160, 487), 255, 'a narrow image leaves its ground')
    t.same([at(120, 100), at(120, 101), at(120, 99)], [255, 0, 10], 'white above black')
  },
)
