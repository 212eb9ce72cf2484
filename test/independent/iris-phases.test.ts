import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { encodePhases } from '../../biometrics/iris/gabor.ts'
import { SHEET_COLUMNS, SHEET_ROWS, type Sheet } from '../../biometrics/iris/unroll.ts'
import { encodeIrisTemplate } from '../../protocol/iris-template.ts'

const PYTHON = 'python3'
const skip = spawnSync(PYTHON, ['-c', '']).status === 0 ? false : `no ${PYTHON}`

/** The sheet of docs/iris-template.md §4. */
function vectorSheet(): Sheet {
  let word = 1
  const next = (): number => {
    word = (Math.imul(1_664_525, word) + 1_013_904_223) >>> 0
    return word >>> 24
  }
  const values = Float32Array.from({ length: SHEET_ROWS * SHEET_COLUMNS }, () => next() / 4 + 80)
  const usable = Uint8Array.from(values, (_, at) => {
    const [row, column] = [Math.floor(at / SHEET_COLUMNS), at % SHEET_COLUMNS]
    return column >= 60 && column < 200 && row >= 24 ? 0 : 1
  })
  return { values, usable }
}

const SHA256 = '66bf3aa56cb1adc00c01ab3b3bb5cb1fc4f054db210456b373e6bc71e7d22345'

t.test('the vector sheet gives the template of the page', async (t) => {
  const { template } = encodePhases(vectorSheet())
  t.ok(template.usablePositions > 4000 && template.usablePositions < 8192 * 0.85)
  const digest = createHash('sha256').update(encodeIrisTemplate(template)).digest('hex')
  t.equal(digest, SHA256)
})

t.test('an encoder that shares no code with us makes the same bits', { skip }, async (t) => {
  const { values, usable } = vectorSheet()
  const { status, stdout, stderr } = spawnSync(
    PYTHON,
    [join('test', 'independent', 'iris_phases.py')],
    {
      input: JSON.stringify({ values: [...values], usable: [...usable] }),
      encoding: 'utf8',
      timeout: 60_000,
    },
  )
  t.equal(status, 0, stderr)
  const record = Buffer.from(stdout.trim(), 'hex')
  t.equal(record.length, 3072)
  t.equal(createHash('sha256').update(record).digest('hex'), SHA256)
})
