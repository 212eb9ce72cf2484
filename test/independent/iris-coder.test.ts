import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import {
  decodeCodedTemplate,
  encodeCodedTemplate,
} from '../../biometrics/iris/coder/template-coder.ts'
import { MODEL_WEIGHTS } from '../../biometrics/iris/coder/weights.ts'
import { fromHex, toHex } from '../../protocol/bytes.ts'
import { encodeIrisTemplate } from '../../protocol/iris-template.ts'
import { codedExamples } from '../kit/coded-examples.ts'
import { readVectors } from '../kit/vectors.ts'

/** What test/vectors/iris-coded.json holds: by name the SHA-256 of the record, and the coded template. */
type Vectors = Readonly<Record<string, { readonly record: string; readonly coded: string }>>

const VECTORS = readVectors<Vectors>('iris-coded.json')
const PYTHON = 'python3'
const skip = spawnSync(PYTHON, ['-c', '']).status === 0 ? false : `no ${PYTHON}`

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

t.test('rendered eyes and hand-made templates are coded as the vectors say', async (t) => {
  const made = Object.entries(codedExamples()).map(([name, template]) => [
    name,
    {
      record: sha256(encodeIrisTemplate(template)),
      coded: toHex(encodeCodedTemplate(template)),
    },
  ])
  t.strictSame(Object.fromEntries(made), VECTORS)
})

t.test('the vectors are read as the records that they were made of', async (t) => {
  for (const [name, { record, coded }] of Object.entries(VECTORS)) {
    t.equal(sha256(encodeIrisTemplate(decodeCodedTemplate(fromHex(coded)))), record, name)
  }
})

t.test('a reader that shares no code with us reads the same records', { skip }, async (t) => {
  const coded = Object.values(VECTORS).map((vector) => vector.coded)
  const { status, stdout, stderr } = spawnSync(
    PYTHON,
    [join('test', 'independent', 'iris_coder.py')],
    { input: JSON.stringify({ weights: MODEL_WEIGHTS, coded }), encoding: 'utf8', timeout: 60_000 },
  )
  t.equal(status, 0, stderr)
  t.strictSame(
    JSON.parse(stdout),
    Object.values(VECTORS).map(({ record }) => ({ sha256: record, whole: true })),
  )
})
