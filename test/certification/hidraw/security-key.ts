import { createKeySimulator, type KeySimulator } from '../../../hardware/fido/simulator.ts'
import { fromHex } from '../../../protocol/bytes.ts'
import type { HidrawDevice } from './bus.ts'

/** What the kernel tells of a security key: usage page F1D0, reports of 64 bytes in and out (CTAP 2.1 §11.2.8.1). */
export const SECURITY_KEY: Omit<HidrawDevice, 'attach'> = {
  node: 'hidraw1',
  vendorId: 0x12_09,
  productId: 0xf1_d0,
  product: 'Security Key',
  serial: 'SN0001',
  reportDescriptor: fromHex('06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0'),
}

/** A keyboard beside it, from which it must be told. */
export const KEYBOARD: HidrawDevice = {
  ...SECURITY_KEY,
  node: 'hidraw0',
  productId: 1,
  product: 'Keyboard',
  reportDescriptor: fromHex('05010906a101050719e029e715002501750195088102c0'),
  attach: () => undefined,
}

/** A virtual key behind its node, and a finger that comes to it for as long as it is there. */
export type TouchedKey = {
  readonly device: HidrawDevice
  readonly simulator: () => KeySimulator
  isFingerThere: boolean
}

/** Until the test ends. */
export function touchedKey(t: { teardown(action: () => void): void }): TouchedKey {
  let simulator: KeySimulator | undefined
  const found = (): KeySimulator => {
    if (simulator === undefined) throw new Error('no bus has taken the key yet')
    return simulator
  }
  const attach: HidrawDevice['attach'] = (port) => {
    simulator = createKeySimulator(port)
  }
  const key = { device: { ...SECURITY_KEY, attach }, simulator: found, isFingerThere: true }
  const finger = setInterval(() => {
    if (key.isFingerThere && simulator?.isWaiting === true) simulator.touch()
  }, 20)
  t.teardown(() => clearInterval(finger))
  return key
}
