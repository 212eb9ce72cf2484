import { createHash } from 'node:crypto'
import t from 'tap'
import { NEIGHBOURS } from '../../../../biometrics/iris/coder/places.ts'
import { MODEL_WEIGHTS } from '../../../../biometrics/iris/coder/weights.ts'

t.test('the weights are as many as the neighbours, rows, blocks and answers ask for', async (t) => {
  const rows = NEIGHBOURS.map(({ own, coarse }) => 3 * (own.length + coarse.length) + 16 + 16 + 1)
  t.same(
    MODEL_WEIGHTS.map((base64) => atob(base64).length),
    rows.map((count) => 16 * count + 4 * 4 * (16 + 1)),
  )
})

t.test(
  'a changed weight is another coding: whoever changes one gives it another number',
  async (t) => {
    const hash = createHash('sha256').update(MODEL_WEIGHTS.join()).digest('hex')
    t.equal(hash, 'b1c829ab0ee5150bcce82fbfc734767752e30c5fe8ded5c934e3c0aea0778ac7')
  },
)
