import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { IMAGE_FORMATS } from '../../biometrics/image/decode.ts'
import { compareIris } from '../../biometrics/iris/compare.ts'
import { decideDuplicate } from '../../protocol/duplicate-rule.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { encodeIrisTemplate } from '../../protocol/iris-template.ts'
import { exitOf } from '../exit-of.ts'
import { type Command, Exit, type Io } from '../io.ts'
import { parseUsage, usageError } from '../usage.ts'
import { encodeFile, encodeOrRead } from './encode-file.ts'
import { EVALUATE_HELP, evaluate } from './evaluate/command.ts'
import { THRESHOLDS_HELP, thresholds } from './thresholds/command.ts'

const HELP = `personhood iris encode FILE… [--json] [--out DIR]
  Encodes near-infrared eye images and prints their quality. A FILE is ${IMAGE_FORMATS}
  (a record of one image). --out DIR also writes each template as DIR/NAME.iris: biometric data,
  guard it. Exit 1 when one is refused.

personhood iris compare A B [--json]
  Compares two images or templates. Exit 0 when the one-eye threshold says same, 1 when not.

${EVALUATE_HELP}
${THRESHOLDS_HELP}`

/** `personhood iris`. */
export const irisCommand: Command = {
  name: 'iris',
  summary: 'encode, compare or evaluate eye images',
  help: HELP,
  run(args, io) {
    const [verb, ...rest] = args
    if (verb === 'encode') return encode(rest, io)
    if (verb === 'compare') return compare(rest, io)
    if (verb === 'evaluate') return evaluate(rest, io)
    if (verb === 'thresholds') return thresholds(rest, io)
    throw usageError(
      `say "iris encode", "iris compare", "iris evaluate" or "iris thresholds"\n${HELP}`,
    )
  },
}

async function encode(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseUsage(args, {
    json: { type: 'boolean' },
    out: { type: 'string' },
  })
  if (positionals.length === 0) throw usageError('which images? iris encode FILE…')
  const folder = values.out === undefined ? undefined : resolve(io.cwd, values.out)
  if (folder !== undefined) {
    refuseOneName(positionals)
    await mkdir(folder, { recursive: true, mode: 0o700 })
  }
  const rows: Awaited<ReturnType<typeof encodeOne>>[] = []
  const faults: unknown[] = []
  for (const file of positionals) {
    if (io.signal.aborted) throw new PersonhoodError('call.aborted', 'stopped before the last file')
    // A file that cannot be read costs the others nothing; it decides the exit code.
    await encodeOne(file, folder, io).then(
      (row) => rows.push(row),
      (fault: unknown) => faults.push(fault),
    )
  }
  if (values.json === true) io.stdout(`${JSON.stringify(rows)}\n`)
  else for (const row of rows) io.stdout(`${lineOf(row)}\n`)
  for (const fault of faults.slice(1)) io.stderr(`${exitOf(fault).sentence}\n`)
  if (faults.length > 0) throw faults[0]
  return rows.every(({ outcome }) => outcome === 'encoded') ? Exit.ok : Exit.no
}

async function encodeOne(file: string, folder: string | undefined, io: Io) {
  const { result, ms } = await encodeFile(resolve(io.cwd, file))
  const reason = result.outcome === 'refused' ? { reason: result.reason } : {}
  if (folder !== undefined && result.outcome === 'encoded') {
    await writeFile(join(folder, templateName(file)), encodeIrisTemplate(result.template), {
      mode: 0o600,
    })
  }
  return { file, outcome: result.outcome, ...reason, ms: Math.round(ms), ...result.quality }
}

function templateName(file: string): string {
  return `${basename(file).replace(/\.[^.]*$/, '')}.iris`
}

/** The later of two templates of one name would be taken for the earlier eye's. */
function refuseOneName(files: readonly string[]): void {
  const owners = new Map<string, string>()
  for (const file of files) {
    const name = templateName(file)
    const owner = owners.get(name)
    if (owner !== undefined)
      throw usageError(`${owner} and ${file} would both be written to ${name}`)
    owners.set(name, file)
  }
}

async function compare(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseUsage(args, { json: { type: 'boolean' } })
  const [first, second, ...more] = positionals
  if (first === undefined || second === undefined || more.length > 0) {
    throw usageError('which two? iris compare A B')
  }
  const row = await comparisonOf([first, second], io)
  io.stdout(values.json === true ? `${JSON.stringify(row)}\n` : `${lineOf(row)}\n`)
  return row['outcome'] === 'same' ? Exit.ok : Exit.no
}

async function comparisonOf(
  files: readonly [string, string],
  io: Io,
): Promise<Readonly<Record<string, unknown>>> {
  const a = await encodeOrRead(resolve(io.cwd, files[0]))
  if (a.outcome === 'refused') return { outcome: 'refused', file: files[0], reason: a.reason }
  const b = await encodeOrRead(resolve(io.cwd, files[1]))
  if (b.outcome === 'refused') return { outcome: 'refused', file: files[1], reason: b.reason }
  const comparison = compareIris(a.template, b.template)
  if (comparison.outcome === 'could-not-compare') return { outcome: 'could-not-compare' }
  const { score, shiftColumns } = comparison
  // One eye against one: the table's first row, and the one-eye threshold alone.
  const decision = decideDuplicate({ left: score }, 1)
  return {
    outcome: decision.outcome === 'candidate' ? 'same' : 'different',
    score: Number((score.numeratorBits / score.commonBits).toFixed(4)),
    differing_bits: score.numeratorBits,
    common_bits: score.commonBits,
    shift_columns: shiftColumns,
  }
}

function lineOf(row: Readonly<Record<string, unknown>>): string {
  return Object.entries(row)
    .map(([name, value]) => `${name} ${value}`)
    .join('  ')
}
