import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { encodePng } from '../biometrics/image/png.ts'
import { EYE_SET_HEADER } from '../cli/iris/eye-set.ts'
import { sampleConditions } from '../hardware/orb/eye-renderer/conditions.ts'
import { createEyeRenderer } from '../hardware/orb/eye-renderer/renderer.ts'

/*
 * A folder of rendered eyes with its `index.csv`, for `personhood iris evaluate` and `--eyes`, by whom
 * may not see eyes of real people:
 *
 *   npm run build && node dist/bench/rendered-eye-set.js DIR [--persons N] [--visits N] [--seed N]
 *
 * Frames come from the mixture of a kiosk, bad ones too. They say whether the pipeline holds together,
 * never how accurate it is.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    persons: { type: 'string', default: '20' },
    visits: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
  },
})
const [folder] = positionals
const [persons, visits, seed] = [values.persons, values.visits, values.seed].map(Number)
if (folder === undefined || !isCount(persons) || !isCount(visits) || !Number.isInteger(seed)) {
  process.stderr.write(
    'usage: node dist/bench/rendered-eye-set.js DIR [--persons N] [--visits N] [--seed N]\n',
  )
  process.exitCode = 2
} else {
  await writeEyeSet(folder, { persons, visits, seed: seed as number })
}

function isCount(value: number | undefined): value is number {
  return Number.isInteger(value) && (value as number) > 0
}

async function writeEyeSet(
  dir: string,
  { persons, visits, seed }: { persons: number; visits: number; seed: number },
): Promise<void> {
  await mkdir(dir, { recursive: true })
  const renderer = createEyeRenderer(2)
  const rows = [`${EYE_SET_HEADER},visit`]
  for (let person = 0; person < persons; person++) {
    for (const eye of ['left', 'right'] as const) {
      for (let visit = 0; visit < visits; visit++) {
        const capture = sampleConditions(
          ((seed * 1000 + person) * 2 + (eye === 'left' ? 0 : 1)) * 100 + visit,
        )
        const name = `${person}-${eye}-${visit}.png`
        await writeFile(
          join(dir, name),
          encodePng(renderer.render({ person: seed * 1000 + person, eye, capture })),
        )
        rows.push(`${name},${person},${eye},${visit}`)
      }
    }
  }
  await writeFile(join(dir, 'index.csv'), `${rows.join('\n')}\n`)
}
