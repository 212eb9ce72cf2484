import { missing } from '../../../hardware/sim/faulty-cable.ts'
import { createVirtualTimers } from '../../../hardware/sim/virtual-timers.ts'
import { configuredPath, layCables, stableNameOf, type UnitName, USB_KIND } from './cables.ts'
import type { Laid, Place, PlaceClock, Wanted } from './place.ts'

const STEP_MS = 5

/** Depth 1: the driver has the cable's own end, and time is virtual. */
export const IN_PROCESS: Place = {
  depth: 1,
  // One after another: nothing waits.
  sideBySide: () => 1,
  createClock: virtualClock,
  lay: (wanted) => Promise.resolve(layInProcess(wanted)),
  end: () => Promise.resolve(),
}

function layInProcess(wanted: Wanted): Laid {
  const { cable, twin } = layCables(wanted)
  const ends = [
    { name: 'rig' as const, cable },
    ...(twin === undefined ? [] : [{ name: 'twin' as const, cable: twin }]),
  ]
  const plugged = () =>
    ends.flatMap(({ name, cable: { node } }, i) =>
      node === undefined ? [] : [{ ...listed(name, node), cable: ends[i]?.cable }],
    )
  return {
    path: configuredPath(wanted),
    list: () => Promise.resolve(plugged()),
    openPort: (path) => {
      const found = plugged().find(({ node, names }) => node === path || names.includes(path))
      return found?.cable?.open() ?? Promise.reject(missing(path))
    },
    get isThere() {
      return cable.node !== undefined
    },
    events: cable.events,
    get carried() {
      return cable.carried
    },
    get struck() {
      return cable.struck
    },
    end: () => Promise.resolve(),
  }
}

function listed(name: UnitName, node: string) {
  return { node, names: [stableNameOf(name)], usb: { ...USB_KIND, serial: name } }
}

function virtualClock(): PlaceClock {
  const timers = createVirtualTimers()
  return {
    after: timers.after,
    during: (promise) => promise,
    get nowMs() {
      return timers.nowMs
    },
    until: async (promise) => {
      let isSettled = false
      const mark = (): void => {
        isSettled = true
      }
      promise.then(mark, mark)
      while (!isSettled) await timers.advance(STEP_MS)
      return await promise
    },
  }
}
