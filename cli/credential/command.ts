import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { toHex } from '../../protocol/bytes.ts'
import { parseCredential } from '../../protocol/credential.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { verifyCredential } from '../../protocol/verify.ts'
import { createSystemClock } from '../../runtime/clock.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import { type Command, Exit, type Io } from '../io.ts'
import { readTrustFolder } from '../trust-folder.ts'
import { parseUsage, usageError } from '../usage.ts'

const HELP = `personhood credential show FILE… [--json]
  Prints what a credential says, without verifying it.

personhood credential verify FILE… --trust DIR [--assurance N] [--at UNIX-SECONDS] [--json]
  Verifies offline. DIR holds roots.json (pinned roots), trust.cbor (the signed trust list) and
  status/*.cbor (signed status lists); \`personhood demo --out DIR\` writes one.
  Exit 0 when every credential is good, 1 when one is not.
`

/** `personhood credential`. */
export const credentialCommand: Command = {
  name: 'credential',
  summary: 'show or verify a credential file, offline',
  help: HELP,
  run(args, io) {
    const [verb, ...rest] = args
    if (verb === 'show') return show(rest, io)
    if (verb === 'verify') return verify(rest, io)
    throw usageError(`say "credential show" or "credential verify"\n${HELP}`)
  },
}

async function show(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseUsage(args, { json: { type: 'boolean' } })
  if (positionals.length === 0) throw usageError('which file? credential show FILE…')
  const rows = []
  for (const file of positionals) rows.push(await describe(file, io))
  if (values.json === true) io.stdout(`${JSON.stringify(rows)}\n`)
  else for (const row of rows) io.stdout(lines(row))
  return Exit.ok
}

async function verify(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseUsage(args, {
    json: { type: 'boolean' },
    trust: { type: 'string' },
    assurance: { type: 'string' },
    at: { type: 'string' },
  })
  if (positionals.length === 0) throw usageError('which file? credential verify FILE… --trust DIR')
  if (values.trust === undefined) throw usageError('whom to trust? give --trust DIR')
  const { trust, status } = await readTrustFolder(resolve(io.cwd, values.trust))
  const minimumAssurance = wholeNumber('--assurance', values.assurance) ?? 1
  if (minimumAssurance < 1 || minimumAssurance > 5) {
    throw usageError('--assurance wants 1 (its kiosk) to 5 (the nation)')
  }
  const at = wholeNumber('--at', values.at)
  const now = createSystemClock().now()
  const clock = at === undefined ? now : { unix: at, uncertaintyS: 0, source: 'given' }
  const rows = []
  for (const file of positionals) {
    const bytes = new Uint8Array(await readFile(resolve(io.cwd, file)))
    const result = verifyCredential({
      bytes,
      trust,
      status,
      clock,
      cardProof: { kind: 'none' },
      verify: verifySecp256k1,
      minimumAssurance,
    })
    rows.push({ file, ...result })
  }
  if (values.json === true) io.stdout(`${JSON.stringify(rows)}\n`)
  else for (const row of rows) io.stdout(lines(row))
  return rows.every(({ outcome }) => outcome === 'go') ? Exit.ok : Exit.no
}

async function describe(file: string, io: Io): Promise<Record<string, unknown>> {
  const bytes = new Uint8Array(await readFile(resolve(io.cwd, file)))
  const { credential, message } = parsedFrom(file, bytes)
  return {
    file,
    bytes: bytes.length,
    stage: credential.stage,
    assurance: credential.assurance,
    issued: isoTime(credential.issued),
    expires: isoTime(credential.expires),
    id: toHex(credential.id),
    kid: message.kid,
    card_binding: toHex(credential.cardBinding),
    status_list: credential.status.list,
    status_index: credential.status.index,
  }
}

function parsedFrom(file: string, bytes: Uint8Array): ReturnType<typeof parseCredential> {
  try {
    return parseCredential(bytes)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new PersonhoodError('bytes.credential', `${file} is not a credential: ${why}`, { cause })
  }
}

function isoTime(unix: number): string {
  return new Date(unix * 1000).toISOString().replace('.000', '')
}

function lines(row: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(row).filter(([, value]) => value !== undefined)
  return `${entries.map(([name, value]) => `${name.padEnd(13)} ${value}`).join('\n')}\n\n`
}

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,12}$/.test(text)) throw usageError(`${option} wants a whole number, not "${text}"`)
  return Number(text)
}
