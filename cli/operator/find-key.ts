import { openSecurityKey, type SecurityKey } from '../../hardware/fido/security-key.ts'
import { type HidDevice, listHidDevices, openHidPort } from '../../hardware/hid-port.ts'
import type { BytePort } from '../../hardware/port.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { randomBytes } from '../../runtime/crypto.ts'

/** FIDO alliance (HID Usage Tables §3). */
const FIDO_USAGE_PAGE = 0xf1_d0

/** What finding a key asks of the machine; a test gives its own. */
export type HidMachine = {
  list(usagePage: number): Promise<readonly HidDevice[]>
  open(path: string): Promise<BytePort>
}

/** This machine. */
export const thisHidMachine: HidMachine = {
  list: (usagePage) => listHidDevices(usagePage),
  open: (path) => openHidPort(path),
}

/** The one security key that is plugged in; rejects with `device.missing` where there are more or none. */
export async function openOnlyKey(machine: HidMachine, signal: AbortSignal): Promise<SecurityKey> {
  const [only, ...more] = await machine.list(FIDO_USAGE_PAGE)
  if (only === undefined || more.length > 0) {
    const found = only === undefined ? 'no security key is' : `${more.length + 1} security keys are`
    throw new PersonhoodError(
      'device.missing',
      `${found} plugged in; leave the one of the operator in, and no other`,
    )
  }
  const port = await machine.open(only.path)
  try {
    return await openSecurityKey(port, { random: randomBytes, signal })
  } catch (error) {
    await port.close().catch(() => undefined)
    throw error
  }
}
