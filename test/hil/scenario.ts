import type { Device, Supervised } from '../../firmware/device/supervisor.ts'
import type { FrameSource } from '../../hardware/orb/simulated-frames.ts'
import type { BytePort } from '../../hardware/port.ts'
import type { CableClock } from '../../hardware/sim/cable-way.ts'
import type { Random } from '../../hardware/sim/random.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Timers } from '../../protocol/timers.ts'

/** What a rig maps to an emulator or to a real path. */
export const ROLES = ['orb', 'nfc', 'card', 'finger', 'panel', 'operator-key'] as const

/** One of them. */
export type Role = (typeof ROLES)[number]

/** Bytes of one run: equal seeds give equal ones. */
export type DrawBytes = (lengthBytes: number) => Uint8Array

/** The time and the chance of one run. */
export type World = {
  readonly timers: CableClock
  readonly random: Random
  /** What is in front of the camera head; a rendered person where absent. */
  readonly eyes?: (() => FrameSource) | undefined
}

/** An emulated device, and the hands that act on it. */
export type Emulated<H> = {
  /** Gives it power at its end of a cable, until that port ends. */
  readonly power: (port: BytePort) => void
  readonly hands: H
}

/** How a role is driven, and how it is emulated: `H` is what a person's hands can do to the emulator. */
export type Peripheral<D extends Device, H> = {
  readonly role: Role
  /** As the operator calls it. */
  readonly name: string
  readonly baud: number
  readonly unit: 'byte' | 'report'
  /** For the device to answer at its opening, in ms; the opener's own unless told. */
  readonly greetTimeoutMs?: number
  /** `draw` gives the driver its random bytes. */
  readonly greet: (
    port: BytePort,
    timers: Timers,
    signal: AbortSignal,
    draw: DrawBytes,
  ) => Promise<D>
  readonly probe?: (device: D, signal: AbortSignal) => Promise<unknown>
  readonly emulate: (world: World) => Emulated<H>
}

/** Where a scenario plays: the device as the kiosk holds it, and what can be done to it. */
export type Stage<D extends Device, H> = {
  readonly device: Supervised<D>
  /** Of the emulator; a scenario that calls this needs `hands`. */
  readonly hands: () => H
  readonly timers: Timers
  readonly random: Random
  /** What a kiosk draws from its operating system. */
  readonly draw: DrawBytes
  readonly signal: AbortSignal
}

/** A fault that is not of the cable: what hands do, set up before the scenario's work. */
export type HandFault<H> = {
  readonly name: string
  /** Returns whether it happened, asked after the work. `turn` counts the runs from 0. */
  readonly prepare: (hands: H, world: World, turn: number) => () => boolean
}

/** One piece of work of a device, right or wrong under each fault. */
export type Scene<D extends Device, H> = {
  readonly name: string
  /** What the rig must provide besides the role, such as `hands` or `card`. */
  readonly needs: readonly string[]
  /** Resolves when the work is done as it should be; rejects where it is wrong. */
  readonly play: (stage: Stage<D, H>) => Promise<void>
  readonly handFaults?: () => readonly HandFault<H>[]
}

/** A peripheral with its scenes. */
export type Act<D extends Device, H> = {
  readonly peripheral: Peripheral<D, H>
  readonly scenes: readonly Scene<D, H>[]
}

/** A scenario found something that must not be. */
export function wrong(what: string): PersonhoodError {
  return new PersonhoodError('call.scenario', what)
}
