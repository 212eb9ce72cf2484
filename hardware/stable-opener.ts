import { hasCode, PersonhoodError } from '../protocol/errors.ts'
import type { Timers } from '../protocol/timers.ts'
import type { BytePort } from './port.ts'
import type { SerialDevice, UsbIdentity } from './serial-devices.ts'
import { processTimers } from './timers.ts'

/** How one device is found again, whatever number its port gets. */
export type StableOptions<D> = {
  /** As the operator calls it, such as "card reader". */
  readonly name: string
  /** As configured; best a link under /dev/serial/by-id, or of our udev rules. */
  readonly path: string
  readonly list: () => Promise<readonly SerialDevice[]>
  readonly openPort: (path: string) => Promise<BytePort>
  /** The driver's own opening: rejects where another kind of device answers, or none. */
  readonly greet: (port: BytePort, signal: AbortSignal) => Promise<D>
  /** What the unit proves to be, such as its key; a unit once seen is not replaced by another. */
  readonly unitOf?: (device: D) => string
  /** For one candidate to answer; default 2500 ms. */
  readonly greetTimeoutMs?: number
  readonly timers?: Timers
}

const GREET_TIMEOUT_MS = 2500
/** Names that the kernel gives out in the order of plugging. */
const NUMBERED = /^\/dev\/tty(?:USB|ACM)\d+$/

/**
 * Opens a device at its configured path, and later wherever the same unit is plugged in: by its
 * stable names first, then by a handshake over the ports with the same vendor, product and, where
 * it has one, serial number. A port's number is believed once, for the first opening.
 */
export function createStableOpener<D>(
  options: StableOptions<D>,
): (signal: AbortSignal) => Promise<D> {
  const timers = options.timers ?? processTimers
  const { path, greetTimeoutMs = GREET_TIMEOUT_MS } = options
  let known: SerialDevice | undefined
  // Plugged in where it should be before it ever answered: it may come back elsewhere.
  let sighted: SerialDevice | undefined
  let unit: string | undefined

  const tryAt = async (candidate: string, signal: AbortSignal): Promise<D> => {
    const port = await options.openPort(candidate)
    const patience = new AbortController()
    const cancel = timers.after(greetTimeoutMs, () => patience.abort(silent(candidate)))
    try {
      const device = await options.greet(port, AbortSignal.any([signal, patience.signal]))
      const found = options.unitOf?.(device)
      if (unit !== undefined && found !== unit) throw anotherUnit(options.name, candidate)
      unit = found
      return device
    } catch (error) {
      await port.close().catch(() => undefined)
      throw error
    } finally {
      cancel()
    }
  }

  return async (signal) => {
    const devices = await options.list()
    sighted ??= devices.find((one) => isAt(one, path))
    const problems: unknown[] = []
    for (const candidate of candidates(path, devices, known, sighted)) {
      signal.throwIfAborted()
      try {
        const device = await tryAt(candidate, signal)
        known = devices.find((one) => isAt(one, candidate)) ?? known
        return device
      } catch (error) {
        signal.throwIfAborted()
        if (!hasCode(error, 'device') && !hasCode(error, 'bytes')) throw error
        problems.push(error)
      }
    }
    throw problems.length === 1 ? problems[0] : notFound(options.name, path, problems)
  }
}

/**
 * The paths to try, best first; none twice. `known` is where the device was opened last, `sighted`
 * what was plugged in at `path` when it was first looked for.
 */
export function candidates(
  path: string,
  devices: readonly SerialDevice[],
  known?: SerialDevice,
  sighted?: SerialDevice,
): readonly string[] {
  const at = devices.find((device) => isAt(device, path))
  const wanted = known ?? at ?? sighted
  const isSame = ({ usb, names }: SerialDevice): boolean =>
    wanted !== undefined &&
    (names.some((name) => wanted.names.includes(name)) || isUnit(usb, wanted.usb))
  const isAlike = ({ usb }: SerialDevice): boolean =>
    isKind(usb, wanted?.usb) && !isOtherUnit(usb, wanted?.usb)
  // A number that was never tied to a device is all we have at first; a stable name is always good.
  const configured = NUMBERED.test(path) && known !== undefined ? [] : [path]
  const ranked = [...devices.filter(isSame), ...devices.filter(isAlike)].map(bestName)
  const first = at === undefined ? configured : configured.map(() => bestName(at))
  return [...new Set([...first, ...ranked])]
}

function isAt({ node, names }: SerialDevice, path: string): boolean {
  return node === path || names.includes(path)
}

/** Two adapters without serial numbers share one name under by-id, so only the node is sure now. */
function bestName({ node, names, usb }: SerialDevice): string {
  return usb?.serial === undefined ? node : (names[0] ?? node)
}

function isUnit(a: UsbIdentity | undefined, b: UsbIdentity | undefined): boolean {
  return isKind(a, b) && a?.serial !== undefined && a.serial === b?.serial
}

/** Both have a serial number, and not the same: another unit, such as a second reader. */
function isOtherUnit(a: UsbIdentity | undefined, b: UsbIdentity | undefined): boolean {
  return a?.serial !== undefined && b?.serial !== undefined && a.serial !== b.serial
}

function isKind(a: UsbIdentity | undefined, b: UsbIdentity | undefined): boolean {
  if (a === undefined || b === undefined) return false
  return (
    a.vendorId === b.vendorId &&
    a.productId === b.productId &&
    a.interfaceNumber === b.interfaceNumber
  )
}

function silent(path: string): PersonhoodError {
  return new PersonhoodError('device.timeout', `${path} does not answer as it should`)
}

function anotherUnit(name: string, path: string): PersonhoodError {
  return new PersonhoodError(
    'device.another-unit',
    `${path} is another ${name} than before; was it exchanged? then restart the kiosk`,
  )
}

function notFound(name: string, path: string, problems: readonly unknown[]): PersonhoodError {
  const told = problems.map((problem) => (problem instanceof Error ? problem.message : ''))
  const list = told.length === 0 ? `${path} is not there` : told.join('; ')
  return new PersonhoodError('device.missing', `no ${name}: ${list}`)
}
