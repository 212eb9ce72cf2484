import {
  type CableEvent,
  createFaultyCable,
  type FaultyCable,
} from '../../../hardware/sim/faulty-cable.ts'
import { createRandom, seedOf } from '../../../hardware/sim/random.ts'
import type { Wanted } from './place.ts'

/** Where a device is plugged in, and its twin beside it. */
export const NODE = '/dev/ttyUSB0'
export const TWIN_NODE = '/dev/ttyUSB1'
/** The name that stays the device's, wherever it is plugged in. */
export const STABLE_NAME = '/dev/serial/by-id/usb-rig'
/** USB identity of all emulated devices (pid.codes' vendor number). */
export const USB_KIND = { vendorId: 0x12_09, productId: 1, interfaceNumber: 0 } as const
/** Nobody puts two plugs in at once: the twin is the first or the second. */
const TWIN_LATER_MS = [0, 1500] as const

/** The device of a run and its twin, by their serial numbers. */
export type UnitName = 'rig' | 'twin'

/** Lays the cable of the device and, where the plan has one, that of its twin, with which it changes places. */
export function layCables(
  { baud, unit, seed, plan, clock, power, powerTwin }: Wanted,
  onEvent: (name: UnitName, event: CableEvent) => void = () => undefined,
): { readonly cable: FaultyCable; readonly twin: FaultyCable | undefined } {
  const random = createRandom(seed, seedOf('cable'))
  const common = { baud, unit, clock, random }
  const twin = plan.hasTwin
    ? createFaultyCable({
        ...common,
        node: TWIN_NODE,
        plan: {},
        power: powerTwin(),
        onEvent: (event) => onEvent('twin', event),
      })
    : undefined
  const cable = createFaultyCable({
    ...common,
    node: NODE,
    plan,
    power,
    onEvent: (event) => {
      onEvent('rig', event)
      if (event.kind === 'plugged') return
      twin?.unplug()
      clock.after(random.between(...TWIN_LATER_MS), () => twin?.plug(NODE))
    },
  })
  return { cable, twin }
}

/** The path that a kiosk is configured with: a number only where there is one of a kind. */
export function configuredPath({ seed, plan }: Wanted): string {
  return seed % 2 === 0 && !plan.hasTwin ? NODE : STABLE_NAME
}

/** The name that udev would link to the unit. */
export function stableNameOf(name: UnitName): string {
  return name === 'rig' ? STABLE_NAME : `${STABLE_NAME}-twin`
}
