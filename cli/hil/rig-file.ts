import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Rig } from '../../test/hil/rig.ts'
import { usageError } from '../usage.ts'

/** Seeds have 32 bits. */
export const MAX_SEED = 0xff_ff_ff_ff

/** The rig of a name that is shipped, or of a path. Loaded here: other commands start without emulators. */
export async function openRig(name: string, cwd: string): Promise<Rig> {
  const { loadRig } = await import('../../test/hil/rig.ts')
  return await loadRig(rigFile(name, cwd), name)
}

/** The file of a rig. */
export function rigFile(name: string, cwd: string): string {
  if (isAbsolute(name) || name.endsWith('.json')) return resolve(cwd, name)
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw usageError(`"${name}" is no name of a rig`)
  // From dist/cli/hil to the package's own folder.
  return fileURLToPath(new URL(`../../../test/hil/rig.${name}.json`, import.meta.url))
}
