import type { Device } from '../../../firmware/device/supervisor.ts'
import { createVirtualTimers } from '../../../hardware/sim/virtual-timers.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import { onAct } from '../acts.ts'
import type { Act } from '../scenario.ts'
import { layCable } from './record.ts'
import { createReplayingPort, type Difference } from './replaying-port.ts'
import { passTime, playTake, randomOf } from './take.ts'
import type { Take, Trace } from './trace.ts'

/** Grey pictures bear no signature: how driver and scene end over them says nothing. */
const OF_GREY: readonly string[] = ['call.scenario', 'device.orb-signature']

/** What became of one take. */
export type Replayed = {
  readonly scene: string
  /** Bytes of the driver that were as recorded. */
  readonly bytes: number
  readonly outcome: string
  /** What was recorded, where the outcome is another. */
  readonly recordedOutcome?: string
  readonly difference?: Difference
}

/**
 * Plays the device's side of each take to the driver as it is now, and the scene with it. Rejects
 * with `bytes.trace` where the trace is of a scene that there is not.
 */
export async function replayTrace(trace: Trace): Promise<readonly Replayed[]> {
  const replayed: Replayed[] = []
  for (const take of trace.takes) {
    const one = onAct(trace.role, (act) => replayTake(act, trace, take))
    if (one === undefined) throw new PersonhoodError('bytes.trace', `no line has ${trace.role}`)
    replayed.push(await one)
  }
  return replayed
}

/** True where the driver said what it had said, and the scene came to the same end. */
export function isSame({ difference, recordedOutcome }: Replayed): boolean {
  return difference === undefined && recordedOutcome === undefined
}

async function replayTake<D extends Device, H>(
  { peripheral, scenes }: Act<D, H>,
  { unit, baud, of }: Trace,
  { scene: name, seed, events, outcome: recordedOutcome }: Take,
): Promise<Replayed> {
  const scene = scenes.find((one) => one.name === name)
  if (scene === undefined) {
    throw new PersonhoodError('bytes.trace', `${peripheral.role} has no scene "${name}"`)
  }
  const timers = createVirtualTimers()
  const random = randomOf(peripheral.role, name, seed)
  // The emulator hears the driver too: hands act on it, and scenes look at it. Nobody hears it.
  const emulated = of === 'emulator' ? peripheral.emulate({ timers, random }) : undefined
  const cable = layCable({ baud, unit }, timers, emulated?.power ?? (() => undefined))
  const replaying = createReplayingPort(events, timers, {
    pace: await cable.open(),
    unit,
    isExact: of === 'emulator',
  })
  const { port } = replaying
  const hands = emulated?.hands
  const outcome = await passTime(
    timers,
    playTake({ peripheral, scene, seed, port, timers, hands, random }),
  )
  const isVerdict = of === 'emulator' || !OF_GREY.includes(outcome)
  const difference = isVerdict ? (replaying.difference ?? replaying.unsaid) : undefined
  return {
    scene: name,
    bytes: replaying.matched,
    outcome,
    ...(isVerdict && outcome !== recordedOutcome ? { recordedOutcome } : {}),
    ...(difference === undefined ? {} : { difference }),
  }
}
