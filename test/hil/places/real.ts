import { openHidPort } from '../../../hardware/hid-port.ts'
import type { BytePort } from '../../../hardware/port.ts'
import { listSerialDevices } from '../../../hardware/serial-devices.ts'
import { openSerialPort } from '../../../hardware/serial-port.ts'
import { processTimers } from '../../../hardware/timers.ts'
import { HID_ROLES } from '../run-rig.ts'
import type { Role } from '../scenario.ts'
import type { Place, PlaceClock } from './place.ts'

/** Throws the port's own `device.*` error where it does not open now. */
export async function checkPath(role: Role, path: string): Promise<void> {
  // Its speed does not matter yet.
  const port = await openAt(role, path, 115_200)
  await port.close()
}

/** The device at a path of this machine, found as a kiosk finds it, in the time of the world. */
export function realPlace(role: Role, path: string): Place {
  return {
    depth: 0,
    sideBySide: () => 1,
    createClock: worldClock,
    lay: async ({ baud }) => ({
      path,
      list: async () => (isHid(role) ? [] : await listSerialDevices()),
      openPort: (at) => openAt(role, at, baud),
      isThere: true,
      events: [],
      carried: { toDevice: 0, toHost: 0 },
      struck: 0,
      end: () => Promise.resolve(),
    }),
    end: () => Promise.resolve(),
  }
}

function isHid(role: Role): boolean {
  return HID_ROLES.includes(role)
}

function openAt(role: Role, path: string, baud: number): Promise<BytePort> {
  return isHid(role) ? openHidPort(path) : openSerialPort({ path, baud })
}

function worldClock(): PlaceClock {
  const startMs = performance.now()
  return {
    after: processTimers.after,
    get nowMs() {
      return performance.now() - startMs
    },
    until: (promise) => promise,
    during: (promise) => promise,
  }
}
