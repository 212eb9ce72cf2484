import type { BytePort } from '../../../hardware/port.ts'
import type { SerialDevice } from '../../../hardware/serial-devices.ts'
import { type CableEvent, type FaultyCable, missing } from '../../../hardware/sim/faulty-cable.ts'
import { bridge } from '../peripherals/bridge.ts'
import { layCables, type UnitName } from './cables.ts'
import type { Laid, Wanted } from './place.ts'
import { timeless } from './transit.ts'

/** A device that a machine shows to programs. */
export type Shown = {
  /** The machine's end: what programs write comes out here. */
  readonly port: BytePort
  /** Takes the node away; whoever has it open learns of it where the loss is told. */
  pull(isTold: boolean): Promise<void>
}

/** What a machine shows to programs for one run, with which the drivers' own libraries work. */
export type Machine = {
  /** The path that a kiosk would be configured with. */
  readonly path: string
  /** Shows the unit at the node; resolves once programs can open it. */
  show(node: string, name: UnitName): Promise<Shown>
  list(): Promise<readonly SerialDevice[]>
  /** Opens what is at the path, with the library that the kiosk uses. */
  open(path: string): Promise<BytePort>
  /** Which unit is at the path. */
  unitAt(path: string): UnitName | undefined
  end(): Promise<void>
}

/** Lays the cables of a run between its devices and a machine's nodes. */
export function layOnMachine(wanted: Wanted, machine: Machine): Laid {
  const { clock } = wanted
  const events: CableEvent[] = []
  const shown = new Map<UnitName, Promise<Shown>>()
  const pulls: Promise<void>[] = []
  const faults: unknown[] = []
  let isOver = false
  const powered = (power: Wanted['power']): Wanted['power'] => {
    return (port) => {
      if (!isOver) power(port)
    }
  }
  const follow = (name: UnitName, event: CableEvent): void => {
    if (event.kind === 'plugged') {
      if (isOver) return
      const coming = clock.during(machine.show(event.node, name))
      shown.set(name, coming)
      // Plugged in is what programs can open.
      coming.then(
        () => {
          if (name === 'rig') events.push({ ...event, atMs: clock.nowMs })
        },
        (error: unknown) => faults.push(error),
      )
      return
    }
    const going = shown.get(name)
    shown.delete(name)
    if (name === 'rig') events.push(event)
    const gone = going?.then((one) => one.pull(event.isTold))
    if (gone !== undefined) pulls.push(clock.during(gone).catch((error) => void faults.push(error)))
  }
  const { cable, twin } = layCables(
    { ...wanted, power: powered(wanted.power), powerTwin: () => powered(wanted.powerTwin()) },
    follow,
  )
  const cableOf = (name: UnitName | undefined): FaultyCable | undefined =>
    name === 'rig' ? cable : name === 'twin' ? twin : undefined

  return {
    path: machine.path,
    list: async () => {
      await Promise.all(shown.values())
      return await clock.during(machine.list())
    },
    openPort: async (path) => {
      const port = await clock.during(machine.open(path))
      const name = machine.unitAt(path)
      try {
        const inner = await cableOf(name)?.open()
        const there = name === undefined ? undefined : await shown.get(name)
        if (inner === undefined || there === undefined) throw missing(path)
        const ends = timeless(clock, port, there.port)
        bridge(ends.machine, inner)
        port.onClose(() => void inner.close())
        return ends.program
      } catch (error) {
        await port.close()
        throw error
      }
    },
    get isThere() {
      return cable.node !== undefined
    },
    events,
    get carried() {
      return cable.carried
    },
    get struck() {
      return cable.struck
    },
    end: async () => {
      isOver = true
      // What has no power any more keeps no timer.
      cable.unplug()
      twin?.unplug()
      await Promise.all(pulls)
      await machine.end()
      if (faults.length > 0) throw faults[0]
    },
  }
}
