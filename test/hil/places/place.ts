import type { BytePort } from '../../../hardware/port.ts'
import type { SerialDevice } from '../../../hardware/serial-devices.ts'
import type { CableClock } from '../../../hardware/sim/cable-way.ts'
import type { CableEvent, CablePlan } from '../../../hardware/sim/faulty-cable.ts'
import type { Traffic } from '../../../hardware/sim/line-faults.ts'
import type { Role } from '../scenario.ts'

/** The clock of a run. */
export type PlaceClock = CableClock & {
  /** Lets time pass until the promise settles. */
  until<T>(promise: Promise<T>): Promise<T>
  /** No time passes until the promise settles: the machine's own work is no device's delay. */
  during<T>(promise: Promise<T>): Promise<T>
}

/** What is plugged in for one run, and what its cable is to do. */
export type Wanted = {
  readonly role: Role
  readonly baud: number
  readonly unit: 'byte' | 'report'
  readonly seed: number
  readonly plan: CablePlan
  readonly clock: PlaceClock
  /** Gives the device power at its end of the cable. */
  readonly power: (port: BytePort) => void
  /** The same for another device of the kind. */
  readonly powerTwin: () => (port: BytePort) => void
}

/** Devices that are plugged in, as the kiosk's opener sees them. */
export type Laid = {
  /** The path that a kiosk would be configured with. */
  readonly path: string
  readonly list: () => Promise<readonly SerialDevice[]>
  readonly openPort: (path: string) => Promise<BytePort>
  /** The device is plugged in. */
  readonly isThere: boolean
  readonly events: readonly CableEvent[]
  readonly carried: Traffic
  /** Strikes of the plan that have happened. */
  readonly struck: number
  end(): Promise<void>
}

/** Where scenes get their ports, and the time that passes there. */
export type Place = {
  /** As `--depth` names it. */
  readonly depth: number
  /** Scenes of a role that are played at once. */
  sideBySide(role: Role): number
  createClock(): PlaceClock
  lay(wanted: Wanted): Promise<Laid>
  end(): Promise<void>
}
