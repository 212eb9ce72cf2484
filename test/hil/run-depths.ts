import { availableParallelism } from 'node:os'
import { checkHidraw, playApart, readEyes } from './apart/play-apart.ts'
import { mergeReports } from './merge-reports.ts'
import { IN_PROCESS } from './places/in-process.ts'
import { checkPath, realPlace } from './places/real.ts'
import { checkTerminals } from './places/terminals.ts'
import { loadRig } from './rig.ts'
import { HID_ROLES, type RigReport, type RunOptions, runRig, SERIAL_ROLES } from './run-rig.ts'
import type { Role } from './scenario.ts'

/** How deep a rig is played: 1 in this process, 2 pseudo-terminals, 3 hidraw, 4 the panel's firmware. */
export type Depth = 1 | 2 | 3 | 4

/** Which rig is played, and how deep. */
export type DepthsOptions = Omit<RunOptions, 'eyes'> & {
  readonly file: string
  readonly name: string
  readonly depths: readonly Depth[]
  /** Folder of eye images for the emulated camera head. */
  readonly eyesFolder?: string | undefined
}

/** Fewer seeds than this are not worth a process of their own. */
const SEEDS_OF_A_PROCESS = 10

/**
 * Plays the rig at each depth, and each role with a real path on its port. Rejects before anything is
 * played with `config.rig`, or with `device.*` where a tool or a device is missing.
 */
export async function runDepths(asked: DepthsOptions): Promise<RigReport> {
  const { depths, signal, onProgress, file, name, eyesFolder, ...options } = asked
  const rig = await loadRig(file, name)
  if (depths.includes(2)) checkTerminals()
  if (depths.includes(3)) checkHidraw()
  // A folder that cannot be read is told before anything is played.
  const eyes = eyesFolder === undefined ? undefined : await readEyes(eyesFolder)
  const real = [...rig.parts].flatMap(([role, { at }]) =>
    at === 'emulator' ? [] : [{ role, path: at.path }],
  )
  for (const { role, path } of real) await checkPath(role, path)
  const emulated = (roles: readonly Role[]): readonly Role[] =>
    roles.filter((role) => !real.some((one) => one.role === role))

  const common = { ...options, signal, onProgress, eyes }
  const apart = (depth: 1 | 2 | 3, roles: readonly Role[], seeds = options): Promise<RigReport> =>
    emulated(roles).length === 0
      ? Promise.resolve(mergeReports([]))
      : playApart({ depth, file, name, roles: emulated(roles), eyesFolder, options: seeds }, common)

  const reports: RigReport[] = []
  for (const { role, path } of real) {
    reports.push(await runRig(rig, common, realPlace(role, path), [role]))
  }
  const inProcess = emulated(rolesInProcess(depths))
  const shares = sharesOf(options.seed, options.seeds)
  if (shares.length === 1) reports.push(await runRig(rig, common, IN_PROCESS, inProcess))
  else {
    const seeds = shares.map((share) => ({ ...options, ...share }))
    reports.push(...(await all(seeds.map((share) => apart(1, inProcess, share)))))
  }
  const others = SERIAL_ROLES.filter((role) => role !== 'panel')
  reports.push(
    ...(await all([
      ...(depths.includes(2) ? [apart(2, others), apart(2, ['panel'])] : []),
      ...(depths.includes(3) ? [apart(3, HID_ROLES)] : []),
    ])),
  )
  return mergeReports(reports)
}

/** All of them, and none is left behind where one rejects. */
async function all<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises)
  return await Promise.all(promises)
}

function rolesInProcess(depths: readonly Depth[]): readonly Role[] {
  if (depths.includes(1)) return [...SERIAL_ROLES, ...HID_ROLES]
  return depths.includes(4) ? ['panel'] : []
}

/** The seeds for each of the machine's processors. */
function sharesOf(
  seed: number,
  seeds: number,
): readonly { readonly seed: number; readonly seeds: number }[] {
  const count = Math.max(
    1,
    Math.min(availableParallelism(), Math.floor(seeds / SEEDS_OF_A_PROCESS)),
  )
  const size = Math.ceil(seeds / count)
  return Array.from({ length: count }, (_, i) => ({
    seed: seed + i * size,
    seeds: Math.min(size, seeds - i * size),
  }))
}
