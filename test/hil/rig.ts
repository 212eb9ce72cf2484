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

/** Reads `rig.NAME.json`; throws `config.rig` with all that is wrong in it. */
export async function loadRig(file: string, name: string): Promise<Rig> {
  const text = await readFile(file, 'utf8')
  try {
    return parseRig(JSON.parse(text), name)
  } catch (error) {
    if (error instanceof SyntaxError) throw new PersonhoodError('config.rig', error.message)
    throw error
  }
}

/** A rig from what a file says; throws `config.rig`. */
export function parseRig(value: unknown, name: string): Rig {
  const problems: string[] = []
  const parts = new Map<Role, RigPart>()
  for (const [role, part] of entriesOf(value)) {
    const read = parsePart(part)
    if (!isRole(role)) problems.push(`${role}: no such role; there are ${ROLES.join(', ')}`)
    else if (typeof read === 'string') problems.push(`${role}: ${read}`)
    else parts.set(role, read)
  }
  if (parts.size === 0) problems.push('a rig is an object with a part for each of its roles')
  if (problems.length > 0) throw new PersonhoodError('config.rig', problems.join('; '))
  return { name, parts }
}

function parsePart(value: unknown): RigPart | string {
  const { emulator, path, provides = [], ...others } = Object.fromEntries(entriesOf(value))
  const unknown = Object.keys(others)
  if (unknown.length > 0) return `there is no ${unknown.join(', ')} in a part`
  const isList = Array.isArray(provides) && provides.every((one) => typeof one === 'string')
  if (!isList) return 'provides is a list of names'
  if (emulator === true && path === undefined) return { at: 'emulator', provides }
  if (emulator === undefined && typeof path === 'string') return { at: { path }, provides }
  return 'a part says "emulator": true or "path": "/dev/…"'
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text)
}
