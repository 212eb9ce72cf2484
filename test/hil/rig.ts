import { readFile } from 'node:fs/promises'
import { PersonhoodError } from '../../protocol/errors.ts'
import { ROLES, type Role } from './scenario.ts'

/** One role of a rig: an emulator or a real path, and what scenarios may count on there. */
export type RigPart = {
  readonly at: 'emulator' | { readonly path: string }
  readonly provides: readonly string[]
}

/** A rig: what plays each role. */
export type Rig = { readonly name: string; readonly parts: ReadonlyMap<Role, RigPart> }

/** What a scene may need: hands on the emulator, faults in its cable. */
const CAPABILITIES: readonly string[] = ['hands', 'faults']

/** Reads `rig.NAME.json`; throws `config.rig` with all that is wrong in it. */
export async function loadRig(file: string, name: string): Promise<Rig> {
  const text = await readFile(file, 'utf8')
  try {
    return parseRig(JSON.parse(text), name)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof PersonhoodError) {
      throw new PersonhoodError('config.rig', `${file}: ${error.message}`)
    }
    throw error
  }
}

/** A rig from what a file says; throws `config.rig`, each problem with its place in the file. */
export function parseRig(value: unknown, name: string): Rig {
  const problems: string[] = []
  const parts = new Map<Role, RigPart>()
  const users = new Map<string, Role>()
  for (const [role, part] of entriesOf(value)) {
    if (!isRole(role)) {
      problems.push(`${role}: no such role; there are ${ROLES.join(', ')}`)
      continue
    }
    const read = parsePart(part, role, problems)
    parts.set(role, read)
    if (read.at === 'emulator') continue
    const user = users.get(read.at.path)
    if (user !== undefined) problems.push(`${role}.path: is that of ${user} too`)
    users.set(read.at.path, role)
  }
  if (parts.size === 0) problems.push('a rig is an object with a part for each of its roles')
  if (problems.length > 0) throw new PersonhoodError('config.rig', problems.join('; '))
  return { name, parts }
}

function parsePart(value: unknown, role: Role, problems: string[]): RigPart {
  const { emulator, path, provides, ...others } = Object.fromEntries(entriesOf(value))
  for (const key of Object.keys(others)) {
    problems.push(`${role}.${key}: a part has "emulator" or "path", and "provides"`)
  }
  const isReal = path !== undefined
  const provided = parseProvides(provides, role, isReal, problems)
  if (isReal === (emulator !== undefined)) {
    problems.push(`${role}: a part says either "emulator": true or "path": "/dev/…"`)
  }
  if (emulator !== undefined && emulator !== true) problems.push(`${role}.emulator: is true`)
  if (isReal && (typeof path !== 'string' || !path.startsWith('/'))) {
    problems.push(`${role}.path: is a path from the root, such as /dev/serial/by-id/…`)
  }
  if (isReal && role === 'card') problems.push('card.path: a card has none; it lies on the nfc')
  return { at: isReal ? { path: String(path) } : 'emulator', provides: provided }
}

function parseProvides(
  value: unknown,
  role: Role,
  isReal: boolean,
  problems: string[],
): readonly string[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) {
    problems.push(`${role}.provides: is a list of ${CAPABILITIES.join(', ')}`)
    return []
  }
  for (const [i, one] of value.entries()) {
    const at = `${role}.provides[${i}]`
    if (!CAPABILITIES.includes(one)) {
      problems.push(`${at}: no such capability; there are ${CAPABILITIES.join(', ')}`)
    } else if (isReal) problems.push(`${at}: a real port does not provide ${one}`)
  }
  return value
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? Object.entries(value) : []
}

function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text)
}
