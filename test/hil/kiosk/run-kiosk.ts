import type { Rig } from '../rig.ts'
import type { Failure, RigReport, RunOptions, Skip } from '../run-rig.ts'
import type { Role } from '../scenario.ts'
import { type Journey, KIOSK_FAULT_KINDS, kioskFault, playJourney } from './journey.ts'

/** The whole kiosk's scenario, as a report names it. */
export const KIOSK_SCENARIO = 'kiosk: enrol, then upgrade at a tap'
/** Devices that it has on cables. */
const NEEDS: readonly Role[] = ['orb', 'nfc', 'panel']

/** Plays the whole kiosk with each seed: on a good day, with a power cut, with a clock that steps. */
export async function runKiosk(rig: Rig, options: RunOptions): Promise<RigReport> {
  const { seed: first, seeds, only, fault: part, signal, onProgress } = options
  const isWanted = (name: string, text: string | undefined): boolean =>
    text === undefined || name.includes(text)
  const kinds = ['none', ...KIOSK_FAULT_KINDS].filter((kind) => isWanted(kind, part))
  const absent = NEEDS.filter((role) => rig.parts.get(role)?.at !== 'emulator')
  const isPlayed = isWanted(KIOSK_SCENARIO, only) && kinds.length > 0
  const skips: Skip[] =
    isPlayed && absent.length > 0
      ? [{ scenario: KIOSK_SCENARIO, reason: `it needs emulators of ${absent.join(', ')}` }]
      : []
  const faults: Record<string, number> = {}
  const failures: Failure[] = []
  let [passed, workMs] = [0, 0]
  const note = (kind: string, seed: number, journey: Journey): void => {
    const { problem = journey.isStruck ? undefined : 'the fault did not happen', log, ms } = journey
    faults[kind] = 1 + (faults[kind] ?? 0)
    workMs = Math.max(workMs, ms)
    if (problem === undefined) passed += 1
    else failures.push(inProcess({ scenario: KIOSK_SCENARIO, fault: kind, seed, problem, log }))
    onProgress?.(`${KIOSK_SCENARIO}, ${kind}, seed ${seed}`)
  }
  for (let seed = first; isPlayed && skips.length === 0 && seed < first + seeds; seed++) {
    const clean = await playJourney(seed)
    if (kinds.includes('none')) note('none', seed, clean)
    for (const kind of KIOSK_FAULT_KINDS.filter((one) => kinds.includes(one))) {
      signal.throwIfAborted()
      note(kind, seed, await playJourney(seed, kioskFault(kind, seed, clean)))
    }
  }
  const worst = { noticeMs: 0, resumeMs: 0, workMs }
  const [failed, skipped] = [failures.length, skips.length]
  return { passed, failed, skipped, faults, worst, failures, skips }
}

function inProcess<F>(failure: F): F & { readonly depth: number } {
  return { ...failure, depth: 1 }
}
