import { parseArgs } from 'node:util'
import { encodeFile } from '../../cli/iris/encode-file.ts'
import { readEyeSet } from '../../cli/iris/eye-set.ts'
import { encodeIrisTemplate } from '../../protocol/iris-template.ts'

/*
 * Records of an eye set for the training of the coder's model, into a pipe and never into a file:
 *
 *   npm run build
 *   node dist/bench/iris-coder/records.js DIR | python3 bench/iris-coder/train.py > biometrics/iris/coder/weights.ts
 *
 * Every fifth person is left out, for measuring; of the others at most four frames of each eye are taken.
 */

const MOST_OF_AN_EYE = 4
const HELD_OUT = 5

const [folder] = parseArgs({ allowPositionals: true }).positionals
if (folder === undefined || process.stdout.isTTY) {
  process.stderr.write('usage: node dist/bench/iris-coder/records.js DIR | python3 …\n')
  process.exitCode = 2
} else {
  await writeRecords(folder)
}

async function writeRecords(dir: string): Promise<void> {
  const images = await readEyeSet(dir)
  const subjects = [...new Set(images.map(({ subject }) => subject))].sort()
  const taken = new Map<string, number>()
  for (const { file, subject, eye } of images) {
    if (subjects.indexOf(subject) % HELD_OUT === 0) continue
    const key = `${subject}/${eye}`
    const count = taken.get(key) ?? 0
    if (count >= MOST_OF_AN_EYE) continue
    const { result } = await encodeFile(file)
    if (result.outcome !== 'encoded') continue
    taken.set(key, count + 1)
    process.stdout.write(encodeIrisTemplate(result.template))
  }
}
