import type { BytePort } from '../../../hardware/port.ts'
import type { PlaceClock } from './place.ts'

/** The machine may have lost what is on its way for longer, in ms of real time. */
const MOST_TRANSIT_MS = 3000

/**
 * The two ends of a path through the machine, during which no time passes: a cable's pace is its own,
 * and how long a loaded machine takes to carry bytes from program to program is no device's fault.
 */
export function timeless(
  clock: PlaceClock,
  program: BytePort,
  machine: BytePort,
): { readonly program: BytePort; readonly machine: BytePort } {
  const down = createTransit(clock)
  const up = createTransit(clock)
  const stops = [
    program.onBytes(({ length }) => up.arrived(length)),
    machine.onBytes(({ length }) => down.arrived(length)),
  ]
  program.onClose(() => {
    for (const stop of stops) stop()
    down.end()
    up.end()
  })
  return { program: sending(program, down), machine: sending(machine, up) }
}

type Transit = { sent(bytes: number): void; arrived(bytes: number): void; end(): void }

function createTransit(clock: PlaceClock): Transit {
  let underWay = 0
  let isOver = false
  let release = (): void => {}
  const hold = (): void => {
    const stay = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, MOST_TRANSIT_MS)
      release = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    void clock.during(stay)
  }
  return {
    sent: (bytes) => {
      if (isOver || bytes === 0) return
      if (underWay === 0) hold()
      underWay += bytes
    },
    arrived: (bytes) => {
      underWay = Math.max(0, underWay - bytes)
      if (underWay === 0) release()
    },
    end: () => {
      isOver = true
      release()
    },
  }
}

function sending(port: BytePort, transit: Transit): BytePort {
  return {
    name: port.name,
    onBytes: port.onBytes,
    onClose: port.onClose,
    close: port.close,
    write: async (bytes) => {
      transit.sent(bytes.length)
      await port.write(bytes)
    },
  }
}
