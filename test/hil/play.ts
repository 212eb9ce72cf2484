import { type Device, type Supervised, superviseDevice } from '../../firmware/device/supervisor.ts'
import type { FrameSource } from '../../hardware/orb/simulated-frames.ts'
import { pause } from '../../hardware/pause.ts'
import type { CableEvent, CablePlan } from '../../hardware/sim/faulty-cable.ts'
import type { Traffic } from '../../hardware/sim/line-faults.ts'
import { bytesOf, createRandom, seedOf } from '../../hardware/sim/random.ts'
import { createStableOpener } from '../../hardware/stable-opener.ts'
import type { Timers } from '../../protocol/timers.ts'
import { createLog, type Log } from '../../runtime/log.ts'
import type { Laid, Place, PlaceClock } from './places/place.ts'
import { type DrawBytes, type HandFault, type Peripheral, type Scene, wrong } from './scenario.ts'

/** One run of a scene on an emulator: its seed, and the one fault that it meets. */
export type Playing<D extends Device, H> = {
  readonly peripheral: Peripheral<D, H>
  readonly scene: Scene<D, H>
  readonly seed: number
  readonly plan: CablePlan
  readonly handFault?: HandFault<H> | undefined
  /** Counts the runs of this fault, from 0. */
  readonly turn: number
  readonly eyes?: (() => FrameSource) | undefined
  /** Ends the run before its time, which then rejects with the signal's reason. */
  readonly signal: AbortSignal
}

/** What came of a run. */
export type Played = {
  /** Absent where the scene was played as it should be. */
  readonly problem?: string
  /** The fault happened: a run without it says nothing. */
  readonly isStruck: boolean
  readonly traffic: Traffic
  /** Time of the place's clock that the work took. */
  readonly ms: number
  /** Longest time from a pulled cable to the operator's notice, and from its return to readiness. */
  readonly noticeMs: number
  readonly resumeMs: number
  /** What the kiosk logged. */
  readonly log: readonly string[]
}

/** A resident would have gone. */
const PATIENCE_MS = 60_000
/** Notice and resumption of an unplugged device (faults of devices, docs/hil.md). */
const NOTICE_MS = 1000
const RESUME_MS = 3000
const STEP_MS = 5

/** Plays a scene on the emulator of its role, at a place of the rig. */
export async function play<D extends Device, H>(
  playing: Playing<D, H>,
  place: Place,
): Promise<Played> {
  const { peripheral, scene, seed, plan, signal } = playing
  const clock = place.createClock()
  const random = createRandom(seed, seedOf(`${peripheral.role} ${scene.name}`))
  const draw = bytesOf(createRandom(seed, seedOf(`${peripheral.role} ${scene.name} draw`)))
  const world = { timers: clock, random, eyes: playing.eyes }
  const emulated = peripheral.emulate(world)
  const { role, baud, unit } = peripheral
  const common = { role, baud, unit, seed, plan, clock, power: emulated.power }
  const powerTwin = () => peripheral.emulate(world).power
  const laid = await place.lay({ ...common, powerTwin })
  const log: string[] = []
  const states: Status[] = []
  const ending = new AbortController()
  const ended = AbortSignal.any([ending.signal, signal])
  const device = superviseDevice<D>({
    ...opening(peripheral, laid, clock, draw),
    log: logOf(clock, log),
    onChange: () => states.push({ atMs: clock.nowMs, isReady: device.state.status === 'ready' }),
  })
  try {
    const happened = playing.handFault?.prepare(emulated.hands, world, playing.turn)
    const stage = { device, hands: () => emulated.hands, timers: clock, random, draw }
    const patience = patienceWith(device, clock, ended)
    const work = scene.play({ ...stage, signal: ended })
    const problem = await outcome(clock, [work, patience], ending)
    signal.throwIfAborted()
    const ms = clock.nowMs
    // A cable that was pulled late comes back after the work: its return counts too.
    await clock.until(untilBack(clock, laid, device, signal))
    const { noticeMs, resumeMs } = delays(laid.events, states, clock.nowMs)
    const late = problem ?? lateness(noticeMs, resumeMs)
    const isFree = Object.keys(plan).length === 0 && playing.handFault === undefined
    const isLasting = plan.strikes === undefined && playing.handFault === undefined
    return {
      ...(late === undefined ? {} : { problem: late }),
      isStruck: isFree || isLasting || laid.struck > 0 || happened?.() === true,
      traffic: laid.carried,
      ms,
      noticeMs,
      resumeMs,
      log,
    }
  } finally {
    await clock.until(device.close())
    await laid.end()
  }
}

/** The kiosk's own way to a device. */
function opening<D extends Device, H>(
  peripheral: Peripheral<D, H>,
  laid: Laid,
  timers: Timers,
  draw: DrawBytes,
) {
  const { name, greetTimeoutMs, probe } = peripheral
  return {
    name,
    timers,
    open: createStableOpener<D>({
      name,
      path: laid.path,
      list: laid.list,
      openPort: laid.openPort,
      greet: (port, signal) => peripheral.greet(port, timers, signal, draw),
      timers,
      ...(greetTimeoutMs === undefined ? {} : { greetTimeoutMs }),
    }),
    ...(probe === undefined ? {} : { probe }),
  }
}

function logOf(clock: PlaceClock, lines: string[]): Log {
  return createLog({
    level: 'info',
    write: (line) => void lines.push(`${Math.round(clock.nowMs)} ms ${line.slice(11).trimEnd()}`),
    clock: {
      now: () => ({ unix: Math.floor(clock.nowMs / 1000), uncertaintyS: 0, source: 'manual' }),
    },
    isForPeople: true,
  })
}

async function untilBack<D extends Device>(
  clock: PlaceClock,
  laid: Laid,
  device: Supervised<D>,
  signal: AbortSignal,
): Promise<void> {
  const fromMs = clock.nowMs
  const isBack = (): boolean => laid.isThere && device.state.status === 'ready'
  while (!isBack() && clock.nowMs < fromMs + PATIENCE_MS) await pause(clock, STEP_MS, signal)
}

type Status = { readonly atMs: number; readonly isReady: boolean }

async function patienceWith<D extends Device>(
  device: Supervised<D>,
  timers: Timers,
  signal: AbortSignal,
): Promise<never> {
  await pause(timers, PATIENCE_MS, signal)
  const { sentence } = device.state
  throw wrong(`not done within ${PATIENCE_MS} ms${sentence === '' ? '' : `: ${sentence}`}`)
}

/** What is wrong with the work, or with the time it took. */
async function outcome(
  clock: PlaceClock,
  race: readonly Promise<void>[],
  ending: AbortController,
): Promise<string | undefined> {
  try {
    await clock.until(Promise.race(race))
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    ending.abort()
    await clock.until(Promise.allSettled(race))
  }
}

function delays(
  events: readonly CableEvent[],
  states: readonly Status[],
  endMs: number,
): { readonly noticeMs: number; readonly resumeMs: number } {
  let noticeMs = 0
  let resumeMs = 0
  const next = (atMs: number, isReady: boolean): number =>
    states.find((state) => state.atMs >= atMs && state.isReady === isReady)?.atMs ?? endMs
  for (const [i, { atMs, kind, isTold }] of events.entries()) {
    const wasReady = states.findLast((state) => state.atMs <= atMs)?.isReady === true
    if (kind === 'unplugged' && isTold && wasReady) {
      noticeMs = Math.max(noticeMs, next(atMs, false) - atMs)
    }
    // The first plugging is the start; an untold loss is noticed when something is asked.
    if (kind === 'plugged' && i > 0) {
      const sinceMs = wasReady ? next(atMs, false) : atMs
      resumeMs = Math.max(resumeMs, next(sinceMs, true) - sinceMs)
    }
  }
  return { noticeMs, resumeMs }
}

function lateness(noticeMs: number, resumeMs: number): string | undefined {
  if (noticeMs > NOTICE_MS) return `the loss was noticed after ${noticeMs} ms`
  if (resumeMs > RESUME_MS) return `ready again ${Math.round(resumeMs)} ms after its return`
  return undefined
}
