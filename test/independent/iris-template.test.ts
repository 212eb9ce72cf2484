import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { compareIris } from '../../biometrics/iris/compare.ts'
import { fromHex, toHex } from '../../protocol/bytes.ts'
import {
  decodeIrisTemplate,
  encodeIrisTemplate,
  type IrisTemplate,
} from '../../protocol/iris-template.ts'
import { goldenTemplates } from '../kit/iris-codes.ts'
import { readVectors } from '../kit/vectors.ts'

type Rotation = readonly [shift: number, differing: number, common: number]

/** What test/vectors/iris-template.json holds; docs/iris-template.md says what it means. */
type Vectors = {
  readonly records: Readonly<Record<string, string>>
  readonly usable: Readonly<Record<string, number>>
  readonly bits: readonly {
    readonly record: string
    readonly at: readonly [plane: 're' | 'im' | 'mask', scale: string, row: number, column: number]
    readonly is: 0 | 1
  }[]
  readonly comparisons: readonly {
    readonly a: string
    readonly b: string
    readonly rotations: readonly Rotation[]
    readonly best: Rotation | null
  }[]
}

const VECTORS = readVectors<Vectors>('iris-template.json')
const PYTHON = 'python3'
const skip = spawnSync(PYTHON, ['-c', '']).status === 0 ? false : `no ${PYTHON}`

function recordOf(name: string): IrisTemplate {
  return decodeIrisTemplate(fromHex(VECTORS.records[name] ?? ''))
}

t.test('the records are those of the seeds, byte for byte', async (t) => {
  const made = Object.entries(goldenTemplates()).map(([name, template]) => [
    name,
    toHex(encodeIrisTemplate(template)),
  ])
  t.strictSame(Object.fromEntries(made), VECTORS.records)
})

t.test('the golden records are read as the vectors say', async (t) => {
  for (const [name, usable] of Object.entries(VECTORS.usable)) {
    t.equal(recordOf(name).usablePositions, usable, name)
  }
  for (const { record, at, is } of VECTORS.bits) {
    const [plane, scale, row, column] = at
    const word = recordOf(record).planes()[plane][column] ?? 0
    t.equal((word >>> (row + (scale === 'fine' ? 16 : 0))) & 1, is, `${record} ${at}`)
  }
  t.same(new Set(VECTORS.bits.map(({ is }) => is)).size, 2)
})

t.test('our comparison finds what the vectors say', async (t) => {
  for (const { a, b, best } of VECTORS.comparisons) {
    const found = compareIris(recordOf(a), recordOf(b))
    const seen =
      found.outcome === 'compared'
        ? [found.shiftColumns, found.score.numeratorBits, found.score.commonBits]
        : null
    t.same(seen, best, `${a} with ${b}`)
  }
})

t.test('a reader that shares no code with us finds the same', { skip }, async (t) => {
  const script = join('test', 'independent', 'iris_template.py')
  const { status, stdout, stderr } = spawnSync(PYTHON, [script], {
    input: JSON.stringify(VECTORS),
    encoding: 'utf8',
    timeout: 30_000,
  })
  t.equal(status, 0, stderr)
  t.strictSame(JSON.parse(stdout), {
    usable: VECTORS.usable,
    bits: VECTORS.bits.map(({ is }) => is),
    comparisons: VECTORS.comparisons.map(({ rotations, best }) => ({ rotations, best })),
  })
})
