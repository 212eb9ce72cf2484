import { type Device, superviseDevice } from '../../firmware/device/supervisor.ts'
import { pause } from '../../hardware/pause.ts'
import type { BytePort } from '../../hardware/port.ts'
import {
  type CableEvent,
  type CablePlan,
  createFaultyCable,
  type FaultyCable,
  missing,
} from '../../hardware/sim/faulty-cable.ts'
import type { Traffic } from '../../hardware/sim/line-faults.ts'
import { bytesOf, createRandom, seedOf } from '../../hardware/sim/random.ts'
import { createVirtualTimers, type VirtualTimers } from '../../hardware/sim/virtual-timers.ts'
import { createStableOpener } from '../../hardware/stable-opener.ts'
import { createLog } from '../../runtime/log.ts'
import { type HandFault, type Peripheral, type Scene, wrong } from './scenario.ts'

/** One run of a scene on an emulator: its seed, and the one fault that it meets. */
export type Playing<D extends Device, H> = {
  readonly peripheral: Peripheral<D, H>
  readonly scene: Scene<D, H>
  readonly seed: number
  readonly plan: CablePlan
  readonly handFault?: HandFault<H> | undefined
  /** Counts the runs of this fault, from 0. */
  readonly turn: number
}

/** What came of a run. */
export type Played = {
  /** Absent where the scene was played as it should be. */
  readonly problem?: string
  /** The fault happened: a run without it says nothing. */
  readonly isStruck: boolean
  readonly traffic: Traffic
  /** Virtual time that the work took. */
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
const NODE = '/dev/ttyUSB0'
const TWIN_NODE = '/dev/ttyUSB1'
const STABLE_NAME = '/dev/serial/by-id/usb-rig'
/** Nobody puts two plugs in at once: the twin is the first or the second. */
const TWIN_LATER_MS = [0, 1500] as const

/** Plays a scene on the emulator of its role, under virtual time. */
export async function play<D extends Device, H>(playing: Playing<D, H>): Promise<Played> {
  const { peripheral, scene, seed, plan } = playing
  const timers = createVirtualTimers()
  const random = createRandom(seed, seedOf(`${peripheral.role} ${scene.name}`))
  const draw = bytesOf(createRandom(seed, seedOf(`${peripheral.role} ${scene.name} draw`)))
  const emulated = peripheral.emulate({ timers, random })
  const { cable, list, openPort } = plugIn(playing, timers, emulated.power)
  const log: string[] = []
  const states: Status[] = []
  const ending = new AbortController()
  const device = superviseDevice<D>({
    name: peripheral.name,
    timers,
    log: createLog({
      level: 'info',
      write: (line) => void log.push(`${Math.round(timers.nowMs)} ms ${line.slice(11).trimEnd()}`),
      clock: virtualClock(timers),
      isForPeople: true,
    }),
    open: createStableOpener<D>({
      name: peripheral.name,
      // A kiosk is configured by either; by a number only where there is one of a kind.
      path: seed % 2 === 0 && !plan.hasTwin ? NODE : STABLE_NAME,
      list,
      openPort,
      greet: (port, signal) => peripheral.greet(port, timers, signal, draw),
      timers,
      ...(peripheral.greetTimeoutMs === undefined
        ? {}
        : { greetTimeoutMs: peripheral.greetTimeoutMs }),
    }),
    ...(peripheral.probe === undefined ? {} : { probe: peripheral.probe }),
    onChange: () => states.push({ atMs: timers.nowMs, isReady: device.state.status === 'ready' }),
  })
  const happened = playing.handFault?.prepare(emulated.hands, { timers, random }, playing.turn)
  const work = scene.play({
    device,
    hands: () => emulated.hands,
    timers,
    random,
    draw,
    signal: ending.signal,
  })
  const problem = await outcome(timers, work, ending)
  const ms = timers.nowMs
  // A cable that was pulled late comes back after the work: its return counts too.
  const isBack = (): boolean => cable.node !== undefined && device.state.status === 'ready'
  for (let waited = 0; waited < PATIENCE_MS && !isBack(); waited += STEP_MS) {
    await timers.advance(STEP_MS)
  }
  const { noticeMs, resumeMs } = delays(cable.events, states, timers.nowMs)
  await passTime(timers, device.close())
  const late = problem ?? lateness(noticeMs, resumeMs)
  const isFree = Object.keys(plan).length === 0 && playing.handFault === undefined
  const isLasting = plan.strikes === undefined && playing.handFault === undefined
  return {
    ...(late === undefined ? {} : { problem: late }),
    isStruck: isFree || isLasting || cable.struck > 0 || happened?.() === true,
    traffic: cable.carried,
    ms,
    noticeMs,
    resumeMs,
    log,
  }
}

type Status = { readonly atMs: number; readonly isReady: boolean }

async function outcome(
  timers: VirtualTimers,
  work: Promise<void>,
  ending: AbortController,
): Promise<string | undefined> {
  const patience = pause(timers, PATIENCE_MS, ending.signal).then(() => {
    throw wrong(`not done within ${PATIENCE_MS} ms`)
  })
  try {
    await passTime(timers, Promise.race([work, patience]))
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    ending.abort()
    await Promise.allSettled([work, patience])
  }
}

/** Lets time pass until the promise settles. */
async function passTime<T>(timers: VirtualTimers, promise: Promise<T>): Promise<T> {
  let isSettled = false
  const mark = (): void => {
    isSettled = true
  }
  promise.then(mark, mark)
  while (!isSettled) await timers.advance(STEP_MS)
  return await promise
}

/** The device and, where the plan has one, its twin, with which it changes places. */
function plugIn<D extends Device, H>(
  { peripheral, seed, plan }: Playing<D, H>,
  timers: VirtualTimers,
  power: (port: BytePort) => void,
) {
  const random = createRandom(seed, seedOf('cable'))
  const common = { baud: peripheral.baud, unit: peripheral.unit, clock: timers, random }
  const twin = plan.hasTwin
    ? createFaultyCable({
        ...common,
        node: TWIN_NODE,
        plan: {},
        power: peripheral.emulate({ timers, random }).power,
      })
    : undefined
  const cable = createFaultyCable({
    ...common,
    node: NODE,
    plan,
    power,
    onEvent: ({ kind }) => {
      if (kind === 'plugged') return
      twin?.unplug()
      timers.after(random.between(...TWIN_LATER_MS), () => twin?.plug(NODE))
    },
  })
  const plugged = () => [
    ...listed(cable, 'rig', STABLE_NAME),
    ...(twin === undefined ? [] : listed(twin, 'twin', `${STABLE_NAME}-twin`)),
  ]
  const openPort = (path: string): Promise<BytePort> => {
    const found = plugged().find(({ node, names }) => node === path || names.includes(path))
    return found === undefined ? Promise.reject(missing(path)) : found.cable.open()
  }
  return { cable, openPort, list: () => Promise.resolve(plugged()) }
}

function listed(cable: FaultyCable, serial: string, name: string) {
  const { node } = cable
  if (node === undefined) return []
  const usb = { vendorId: 0x12_09, productId: 1, serial, interfaceNumber: 0 }
  return [{ node, names: [name], usb, cable }]
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

function virtualClock(timers: VirtualTimers) {
  return {
    now: () => ({
      unix: Math.floor(timers.nowMs / 1000),
      uncertaintyS: 0,
      source: 'manual' as const,
    }),
  }
}
