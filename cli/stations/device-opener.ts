import type { DeviceConfig } from '../../firmware/config.ts'
import type { BytePort } from '../../hardware/port.ts'
import { listSerialDevices } from '../../hardware/serial-devices.ts'
import { openSerialPort } from '../../hardware/serial-port.ts'
import { createStableOpener } from '../../hardware/stable-opener.ts'
import { PersonhoodError } from '../../protocol/errors.ts'

/** A device of a kiosk: what it is called, where it is, and how its driver opens it. */
export type DeviceOpenerOptions<D> = {
  readonly name: string
  readonly config: DeviceConfig
  readonly baud: number
  /** A cable to the simulated device, where this process has one. */
  readonly simulated: (() => BytePort) | undefined
  readonly greet: (port: BytePort, signal: AbortSignal) => Promise<D>
  /** What the unit proves to be, so that two of a kind are not taken for one another. */
  readonly unitOf?: (device: D) => string
  /** For the device to answer, in ms; 2500 unless told. */
  readonly greetTimeoutMs?: number
}

/** Opens the device at each call: a serial one wherever the same unit is plugged in by then. */
export function deviceOpener<D>(
  options: DeviceOpenerOptions<D>,
): (signal: AbortSignal) => Promise<D> {
  const { config, baud, simulated, greet } = options
  if (config.kind === 'serial') {
    return createStableOpener({
      ...options,
      path: config.path,
      list: () => listSerialDevices(),
      openPort: (path) => openSerialPort({ path, baud }),
    })
  }
  return async (signal) => {
    if (simulated !== undefined) return await greet(simulated(), signal)
    throw new PersonhoodError('config.simulator', 'no simulated device is at hand in this process')
  }
}
