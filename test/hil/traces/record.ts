import type { Device } from '../../../firmware/device/supervisor.ts'
import { openHidPort } from '../../../hardware/hid-port.ts'
import type { BytePort } from '../../../hardware/port.ts'
import { openSerialPort } from '../../../hardware/serial-port.ts'
import { createFaultyCable, type FaultyCable } from '../../../hardware/sim/faulty-cable.ts'
import { createRandom, seedOf } from '../../../hardware/sim/random.ts'
import { createVirtualTimers, type VirtualTimers } from '../../../hardware/sim/virtual-timers.ts'
import { processTimers } from '../../../hardware/timers.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import { onAct } from '../acts.ts'
import type { Rig } from '../rig.ts'
import type { Act, Peripheral, Role, Scene } from '../scenario.ts'
import { blankPictures } from './blank-pictures.ts'
import { recordPort } from './recording-port.ts'
import { passTime, playTake, randomOf } from './take.ts'
import type { Take, Trace } from './trace.ts'

/** Which scenes are recorded. */
export type RecordOptions = {
  readonly seed: number
  /** Only scenes whose name contains this. */
  readonly only?: string | undefined
}

/**
 * Plays the role's scenes once each and keeps what went over its line. On a real path these are the
 * scenes that need no hands, and pictures of eyes and fingers are kept grey: a person may be there.
 * Rejects with `call.trace` where there is nothing to record, or as the port's opening does.
 */
export async function recordRole(rig: Rig, role: Role, options: RecordOptions): Promise<Trace> {
  const trace = await onAct(role, (act) => recordAct(act, rig, options))
  if (trace === undefined || trace.takes.length === 0) {
    throw new PersonhoodError('call.trace', `there is no scene of ${role} to record`)
  }
  return trace
}

async function recordAct<D extends Device, H>(
  { peripheral, scenes }: Act<D, H>,
  rig: Rig,
  { seed, only }: RecordOptions,
): Promise<Trace> {
  const { role, unit, baud } = peripheral
  const part = rig.parts.get(role)
  if (part === undefined) throw new PersonhoodError('call.trace', `${rig.name} has no ${role}`)
  const { at } = part
  const isEmulator = at === 'emulator'
  const isPlayable = ({ needs }: Scene<D, H>): boolean =>
    isEmulator ? needs.every((need) => part.provides.includes(need)) : needs.length === 0
  const takes: Take[] = []
  for (const scene of scenes) {
    if (!isPlayable(scene) || (only !== undefined && !scene.name.includes(only))) continue
    takes.push(
      isEmulator
        ? await recordEmulator(peripheral, scene, seed)
        : await recordDevice(peripheral, scene, seed, at.path),
    )
  }
  return { role, unit, baud, of: isEmulator ? 'emulator' : 'device', takes }
}

async function recordEmulator<D extends Device, H>(
  peripheral: Peripheral<D, H>,
  scene: Scene<D, H>,
  seed: number,
): Promise<Take> {
  const timers = createVirtualTimers()
  const random = randomOf(peripheral.role, scene.name, seed)
  const { power, hands } = peripheral.emulate({ timers, random })
  const cable = layCable(peripheral, timers, power)
  const recording = recordPort(await cable.open(), () => timers.nowMs)
  const { port } = recording
  const take = playTake({ peripheral, scene, seed, port, timers, hands, random })
  const outcome = await passTime(timers, take)
  const { events } = recording
  return { scene: scene.name, seed, events, endMs: timers.nowMs, outcome }
}

async function recordDevice<D extends Device, H>(
  peripheral: Peripheral<D, H>,
  scene: Scene<D, H>,
  seed: number,
  path: string,
): Promise<Take> {
  const { role, baud, unit } = peripheral
  const inner = await (unit === 'report' ? openHidPort(path) : openSerialPort({ path, baud }))
  const startMs = performance.now()
  const nowMs = (): number => performance.now() - startMs
  const recording = recordPort(inner, nowMs)
  const random = randomOf(role, scene.name, seed)
  const { port } = recording
  const outcome = await playTake({ peripheral, scene, seed, port, timers: processTimers, random })
  const events = blankPictures(role, recording.events)
  return { scene: scene.name, seed, events, endMs: nowMs(), outcome }
}

/** A good cable, whose pace writes keep in a take and in its replay alike. */
export function layCable<D extends Device, H>(
  { baud, unit }: Pick<Peripheral<D, H>, 'baud' | 'unit'>,
  clock: VirtualTimers,
  power: (port: BytePort) => void,
): FaultyCable {
  const random = createRandom(seedOf('trace'))
  return createFaultyCable({ node: '/dev/trace', baud, unit, clock, random, plan: {}, power })
}
