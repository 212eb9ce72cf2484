import type { Device } from '../../firmware/device/supervisor.ts'
import type { CablePlan } from '../../hardware/sim/faulty-cable.ts'
import { LINE_FAULTS, type Traffic } from '../../hardware/sim/line-faults.ts'
import { createRandom, seedOf } from '../../hardware/sim/random.ts'
import { type Played, play } from './play.ts'
import type { Rig } from './rig.ts'
import type { Act, HandFault, Role, Scene } from './scenario.ts'
import { FINGER_ACT } from './scenarios/finger.ts'
import { NFC_ACT } from './scenarios/nfc.ts'
import { KEY_ACT } from './scenarios/operator-key.ts'
import { ORB_ACT } from './scenarios/orb.ts'
import { PANEL_ACT } from './scenarios/panel.ts'

/** Which runs are wanted. */
export type RunOptions = {
  /** The first seed; the others follow it. */
  readonly seed: number
  readonly seeds: number
  /** Only scenarios and faults whose name contains this. */
  readonly only?: string | undefined
  readonly fault?: string | undefined
  readonly signal: AbortSignal
  /** Told after each scenario under one fault. */
  readonly onProgress?: ((line: string) => void) | undefined
}

/** A run that went wrong, and what repeats it. */
export type Failure = {
  readonly scenario: string
  readonly fault: string
  readonly seed: number
  readonly problem: string
  readonly log: readonly string[]
}

/** A scenario that this rig cannot play. */
export type Skip = { readonly scenario: string; readonly reason: string }

/** What came of a rig's run. */
export type RigReport = {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Runs by fault. */
  readonly faults: Readonly<Record<string, number>>
  /** Longest virtual times over all runs, in ms. */
  readonly worst: { readonly noticeMs: number; readonly resumeMs: number; readonly workMs: number }
  readonly failures: readonly Failure[]
  readonly skips: readonly Skip[]
}

/** Plays every scene of the rig's roles under each fault, `seeds` times each. */
export async function runRig(rig: Rig, options: RunOptions): Promise<RigReport> {
  const run = new RigRun(rig, options)
  await run.act(NFC_ACT)
  await run.act(ORB_ACT)
  await run.act(FINGER_ACT)
  await run.act(KEY_ACT)
  await run.act(PANEL_ACT)
  return run.report
}

/** Faults of a piece of work, of its cable or of hands. */
type Fault<H> = {
  readonly name: string
  readonly plan: (seed: number, traffic: Traffic) => CablePlan
  readonly handFault?: HandFault<H>
}

class RigRun {
  readonly #rig: Rig
  readonly #options: RunOptions
  readonly #faults = new Map<string, number>()
  readonly #failures: Failure[] = []
  readonly #skips: Skip[] = []
  #passed = 0
  #worst = { noticeMs: 0, resumeMs: 0, workMs: 0 }

  constructor(rig: Rig, options: RunOptions) {
    this.#rig = rig
    this.#options = options
  }

  get report(): RigReport {
    return {
      passed: this.#passed,
      failed: this.#failures.length,
      skipped: this.#skips.length,
      faults: Object.fromEntries(this.#faults),
      worst: this.#worst,
      failures: this.#failures,
      skips: this.#skips,
    }
  }

  async act<D extends Device, H>(act: Act<D, H>): Promise<void> {
    const { role } = act.peripheral
    for (const scene of act.scenes) {
      const scenario = `${role}: ${scene.name}`
      if (!isWanted(scenario, this.#options.only)) continue
      const reason = this.#missing(role, scene)
      if (reason === undefined) await this.#scene(act, scene, scenario)
      else this.#skips.push({ scenario, reason })
    }
  }

  /** Why the rig cannot play the scene. */
  #missing<D extends Device, H>(role: Role, { needs }: Scene<D, H>): string | undefined {
    const part = this.#rig.parts.get(role)
    if (part === undefined) return `the rig ${this.#rig.name} has no ${role}`
    if (part.at !== 'emulator') return 'real paths are not driven yet'
    const unmet = [...needs, 'faults'].filter((need) => !part.provides.includes(need))
    return unmet.length === 0 ? undefined : `its ${role} does not provide ${unmet.join(', ')}`
  }

  async #scene<D extends Device, H>(
    { peripheral }: Act<D, H>,
    scene: Scene<D, H>,
    scenario: string,
  ): Promise<void> {
    const { seed: first, seeds, signal, fault: part, onProgress } = this.#options
    const faults = faultsOf(scene, peripheral.unit).filter(({ name }) => isWanted(name, part))
    for (let seed = first; seed < first + seeds; seed++) {
      const clean = await play({ peripheral, scene, seed, plan: {}, turn: seed })
      for (const { name, plan, handFault } of faults) {
        signal.throwIfAborted()
        const run = { scenario, fault: name, seed }
        if (name === 'none') this.#note(run, clean)
        else {
          const faulty = plan(seed, clean.traffic)
          this.#note(
            run,
            await play({ peripheral, scene, seed, plan: faulty, handFault, turn: seed }),
          )
        }
      }
      onProgress?.(`${scenario}, seed ${seed}`)
    }
  }

  #note(run: { scenario: string; fault: string; seed: number }, played: Played): void {
    const { problem = played.isStruck ? undefined : 'the fault did not happen', log } = played
    this.#faults.set(run.fault, 1 + (this.#faults.get(run.fault) ?? 0))
    this.#worst = {
      noticeMs: Math.max(this.#worst.noticeMs, played.noticeMs),
      resumeMs: Math.max(this.#worst.resumeMs, played.resumeMs),
      workMs: Math.max(this.#worst.workMs, played.ms),
    }
    if (problem === undefined) this.#passed += 1
    else this.#failures.push({ ...run, problem, log })
  }
}

function faultsOf<D extends Device, H>(
  scene: Scene<D, H>,
  unit: 'byte' | 'report',
): readonly Fault<H>[] {
  const ofCable = LINE_FAULTS.filter((fault) => unit === 'byte' || fault.isOfReports).map(
    ({ name, plan }): Fault<H> => ({
      name,
      plan: (seed, traffic) => plan(createRandom(seed, seedOf(name)), traffic),
    }),
  )
  const ofHands = (scene.handFaults?.() ?? []).map(
    (handFault): Fault<H> => ({ name: handFault.name, plan: () => ({}), handFault }),
  )
  return [...ofCable, ...ofHands]
}

function isWanted(name: string, part: string | undefined): boolean {
  return part === undefined || name.includes(part)
}
