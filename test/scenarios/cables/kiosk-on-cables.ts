import type { Test } from 'tap'
import { STEP_DEVICE } from '../../../firmware/enrolment/states.ts'
import type { Kiosk } from '../../../firmware/kiosk.ts'
import type { KioskState } from '../../../firmware/kiosk-state.ts'
import type { Fields } from '../../../runtime/log.ts'
import type { Store } from '../../../runtime/store.ts'
import { heardLog, lineOf, startBenchKiosk } from '../../firmware/bench.ts'
import { close } from '../../firmware/life.ts'
import { createWorld, type World } from '../../gateway/bench.ts'
import { ALDER, ALDER_KIOSK } from '../../kit/demo-trust.ts'
import { createMemoryStore } from '../../kit/memory-store.ts'
import { type CabledPlace, type CableName, createCabledPlace, LABELS } from './cabled-place.ts'

/** A whole kiosk without a gateway, on cables. */
export type CabledKiosk = {
  readonly world: World
  readonly place: CabledPlace
  readonly store: Store
  readonly kiosk: Kiosk
  readonly nowMs: number
  /** Calls back at each debug line of that event, as it is written. */
  hear(event: string, listener: (state: string) => void): void
  pass(ms: number): Promise<void>
}

/** Opens one that closes with its test. */
export async function openCabledKiosk(t: Test): Promise<CabledKiosk> {
  const world = createWorld([ALDER, ALDER_KIOSK])
  const { timers } = world
  const place = createCabledPlace(timers)
  const store = createMemoryStore()
  const transport = lineOf(world, ALDER_KIOSK)
  transport.cut()
  const listeners = new Map<string, (state: string) => void>()
  const hear = (event: string, { state }: Fields): void => listeners.get(event)?.(String(state))
  const kiosk = await startBenchKiosk(world, ALDER_KIOSK, {
    ...{ store, transport, log: heardLog(hear) },
    // What the kiosk needs of a place is how its devices are opened.
    place: place as never,
    panel: { openPanel: place.openPanel, restartS: 0 },
  })
  t.teardown(() => close(world, kiosk))
  return {
    ...{ world, place, store, kiosk },
    get nowMs() {
      return timers.nowMs
    },
    hear: (event, listener) => void listeners.set(event, listener),
    pass: (ms) => timers.advance(ms),
  }
}

/** One cable pulled, and put in again. */
export type Pull = {
  readonly cable: CableName
  readonly awayMs: number
  /** The port says that it has ended. */
  readonly isTold: boolean
  /** Where it comes back; the same node if absent. */
  readonly node?: string | undefined
}

/** What came of a pull, in virtual ms; `faults` names what was not as it should be. */
export type Pulled = {
  noticeMs: number
  resumeMs: number
  isOver: boolean
  readonly faults: string[]
}

/** The step that the enrolment is in, and since when. */
export type StepAt = { readonly step: keyof typeof STEP_DEVICE; readonly atMs: number }

/** How often the screens are looked at while a cable is out. */
const LOOK_MS = 50

/**
 * Pulls a cable now and puts it in again later. Meanwhile the operator must read which cable it is,
 * and the resident must be told to wait exactly where the step needs it.
 */
export function pull(
  { kiosk, place, world: { timers } }: CabledKiosk,
  { cable, awayMs, isTold, node }: Pull,
  stepOf: () => StepAt,
): Pulled {
  const pulled: Pulled = { noticeMs: -1, resumeMs: -1, isOver: false, faults: [] }
  const startMs = timers.nowMs
  let pluggedMs = -1
  let noticedMs = -1

  const isReady = (): boolean => kiosk.state.devices[cable]?.status === 'ready'
  const follow = (): void => {
    if (noticedMs < 0 && !isReady()) {
      noticedMs = timers.nowMs
      pulled.noticeMs = noticedMs - startMs
    }
    if (pluggedMs < 0 || noticedMs < 0 || pulled.isOver || !isReady()) return
    pulled.isOver = true
    pulled.resumeMs = timers.nowMs - Math.max(pluggedMs, noticedMs)
    stop()
  }
  const look = (): void => {
    if (!pulled.isOver) timers.after(LOOK_MS, look)
    const { step, atMs } = stepOf()
    // A state is in the log when it is durable, and shown in the same instant: a little later.
    if (atMs === timers.nowMs) return
    pulled.faults.push(...faultsOf(kiosk.state, cable, step, isTold))
  }
  const stop = kiosk.onState(follow)
  place.cables[cable].unplug(isTold)
  timers.after(LOOK_MS, look)
  timers.after(awayMs, () => {
    pluggedMs = timers.nowMs
    place.cables[cable].plug(node)
  })
  return pulled
}

/** What is not as it should be on the screens, by a cable that is out or was. */
function faultsOf(
  { devices, pausedFor, screen }: KioskState,
  cable: CableName,
  step: StepAt['step'],
  isTold: boolean,
): readonly string[] {
  const device = devices[cable]
  if (device?.status === 'ready') {
    return pausedFor === undefined ? [] : [`${step} is paused for ${pausedFor} that is there`]
  }
  const sentence = device?.sentence ?? ''
  const isNamed = sentence.includes(`"${LABELS[cable]}"`) && sentence.includes('cable')
  const isRead = isTold ? isNamed : sentence.includes(LABELS[cable])
  const isWaiting = STEP_DEVICE[step] === cable && screen.name !== 'tap'
  return [
    ...(isRead ? [] : [`the operator reads "${sentence}"`]),
    ...(pausedFor === (isWaiting ? cable : undefined) ? [] : [`${step} paused for ${pausedFor}`]),
  ]
}
