import type { Device } from '../../firmware/device/supervisor.ts'
import type { FrameSource } from '../../hardware/orb/simulated-frames.ts'
import type { CablePlan } from '../../hardware/sim/faulty-cable.ts'
import { LINE_FAULTS, type Traffic } from '../../hardware/sim/line-faults.ts'
import { createRandom, seedOf } from '../../hardware/sim/random.ts'
import { onAct } from './acts.ts'
import { allOrFirst, inTurns } from './in-turns.ts'
import { IN_PROCESS } from './places/in-process.ts'
import type { Place } from './places/place.ts'
import { type Played, play } from './play.ts'
import type { Rig } from './rig.ts'
import type { Act, HandFault, Role, Scene } from './scenario.ts'

/** Which runs are wanted. */
export type RunOptions = {
  /** The first seed; the others follow it. */
  readonly seed: number
  readonly seeds: number
  /** Only scenarios and faults whose name contains this. */
  readonly only?: string | undefined
  readonly fault?: string | undefined
  readonly signal: AbortSignal
  /** Each fault of a role plays one of its scenes a seed, in turn, and not all of them. */
  readonly isSpread?: boolean | undefined
  /** What the emulated camera head sees; rendered eyes where absent. */
  readonly eyes?: (() => FrameSource) | undefined
  /** Told after each run. */
  readonly onProgress?: ((line: string) => void) | undefined
}

/** A run that went wrong, and what repeats it. */
export type Failure = {
  readonly scenario: string
  readonly fault: string
  readonly seed: number
  readonly depth: number
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

/** Roles that have a serial line, and those whose bus carries reports. */
export const SERIAL_ROLES: readonly Role[] = ['nfc', 'orb', 'finger', 'panel']
export const HID_ROLES: readonly Role[] = ['operator-key']

/** Plays every scene of these roles of the rig under each fault, `seeds` times each, at the place. */
export async function runRig(
  rig: Rig,
  options: RunOptions,
  place: Place = IN_PROCESS,
  roles: readonly Role[] = [...SERIAL_ROLES, ...HID_ROLES],
): Promise<RigReport> {
  const run = new RigRun(rig, options, place)
  try {
    await allOrFirst(roles.map((role) => onAct(role, (act) => run.act(act)) ?? Promise.resolve()))
    return run.report
  } finally {
    await place.end()
  }
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
  readonly #place: Place
  readonly #faults = new Map<string, number>()
  readonly #failures: Failure[] = []
  readonly #skips: Skip[] = []
  #passed = 0
  #worst = { noticeMs: 0, resumeMs: 0, workMs: 0 }

  constructor(rig: Rig, options: RunOptions, place: Place) {
    this.#rig = rig
    this.#options = options
    this.#place = place
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
    const playable: Scene<D, H>[] = []
    for (const scene of act.scenes) {
      const scenario = `${role}: ${scene.name}`
      if (!isWanted(scenario, this.#options.only)) continue
      const reason = this.#missing(role, scene)
      if (reason === undefined) playable.push(scene)
      else this.#skips.push({ scenario, reason })
    }
    const isTurn = this.#turns(act, playable)
    const runs = playable.flatMap((scene) => this.#runs(act, scene, isTurn))
    await inTurns(runs, this.#place.sideBySide(role))
  }

  /** Whether the scene is played under the fault with that seed. */
  #turns<D extends Device, H>(
    { peripheral }: Act<D, H>,
    scenes: readonly Scene<D, H>[],
  ): (scene: Scene<D, H>, fault: string, seed: number) => boolean {
    if (this.#options.isSpread !== true) return () => true
    const withFault = new Map<string, Scene<D, H>[]>()
    for (const scene of scenes) {
      for (const { name } of faultsOf(scene, peripheral.unit)) {
        withFault.set(name, [...(withFault.get(name) ?? []), scene])
      }
    }
    return (scene, fault, seed) => {
      const all = withFault.get(fault) ?? []
      return all[seed % all.length] === scene
    }
  }

  /** Why the rig cannot play the scene. */
  #missing<D extends Device, H>(role: Role, { needs }: Scene<D, H>): string | undefined {
    const part = this.#rig.parts.get(role)
    if (part === undefined) return `the rig ${this.#rig.name} has no ${role}`
    const unmet = (part.at === 'emulator' ? [...needs, 'faults'] : needs).filter(
      (need) => !part.provides.includes(need),
    )
    return unmet.length === 0 ? undefined : `its ${role} does not provide ${unmet.join(', ')}`
  }

  /** The scene with each seed, under each fault; what a good cable carries is found out once a seed. */
  #runs<D extends Device, H>(
    { peripheral }: Act<D, H>,
    scene: Scene<D, H>,
    isTurn: (scene: Scene<D, H>, fault: string, seed: number) => boolean,
  ): readonly (() => Promise<void>)[] {
    const scenario = `${peripheral.role}: ${scene.name}`
    const isReal = this.#rig.parts.get(peripheral.role)?.at !== 'emulator'
    const { seed: first, seeds, signal, fault: part, onProgress, eyes } = this.#options
    const known = faultsOf(scene, peripheral.unit).filter(({ name }) => isWanted(name, part))
    const faults = isReal ? known.filter(({ name }) => name === 'none') : known
    if (faults.length < known.length)
      this.#skips.push({ scenario: `${scenario}, under faults`, reason: NO_FAULTS })
    return Array.from({ length: seeds }, (_, i) => {
      const run = { peripheral, scene, seed: first + i, turn: first + i, signal, eyes }
      let playing: Promise<Played> | undefined
      const clean = (): Promise<Played> => {
        playing ??= play({ ...run, plan: {} }, this.#place)
        return playing
      }
      const due = faults.filter(({ name }) => isTurn(scene, name, run.seed))
      return due.map(({ name, plan, handFault }) => async () => {
        signal.throwIfAborted()
        const { seed } = run
        const { traffic } = await clean()
        const met = (share: number): Promise<Played> =>
          play({ ...run, plan: plan(seed, partOf(traffic, share)), handFault }, this.#place)
        const played = name === 'none' ? await clean() : await struck(met)
        this.#note({ scenario, fault: name, seed, depth: this.#place.depth }, played)
        onProgress?.(`${scenario}, ${name}, seed ${seed}`)
      })
    }).flat()
  }

  #note(run: Omit<Failure, 'problem' | 'log'>, played: Played): void {
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

const NO_FAULTS = 'a real cable is as it is: its port does not provide faults'

/** In real time a run may need fewer bytes than the last: then its fault is placed earlier. */
const SHARES = [1, 0.6, 0.3, 0.1] as const

async function struck(met: (share: number) => Promise<Played>): Promise<Played> {
  const [whole, ...earlier] = SHARES
  let played = await met(whole)
  for (const share of earlier) {
    if (played.isStruck || played.problem !== undefined) break
    played = await met(share)
  }
  return played
}

function partOf({ toDevice, toHost }: Traffic, share: number): Traffic {
  return { toDevice: Math.ceil(toDevice * share), toHost: Math.ceil(toHost * share) }
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
