import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toHex } from '../../../protocol/bytes.ts'

/** What a HID device tells of itself, and where it is plugged in. */
export type HidrawIdentity = {
  /** hidrawN. */
  readonly node: string
  readonly vendorId: number
  readonly productId: number
  readonly product: string
  readonly serial: string
  /** HID 1.11 §6.2.2. */
  readonly reportDescriptor: Uint8Array
}

/** The devices in the words of umockdev. */
export function describeAll(devices: readonly HidrawIdentity[]): string {
  return devices.map(describe).join('\n')
}

/** Gives the device at this place of the description another serial number, in umockdev's tree. */
export async function renumber(
  tree: string,
  identity: HidrawIdentity,
  index: number,
  serial: string,
): Promise<void> {
  const { usb, hid } = placesOf(identity, index)
  const uevent = join(tree, 'sys', hid, 'uevent')
  const told = await readFile(uevent, 'utf8')
  await writeFile(uevent, told.replace(/^HID_UNIQ=.*$/m, `HID_UNIQ=${serial}`))
  await writeFile(join(tree, 'sys', usb, 'serial'), `${serial}\n`)
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

function placesOf({ vendorId, productId }: HidrawIdentity, index: number) {
  const usb = `/devices/pci0000:00/0000:00:14.0/usb1/1-${index + 1}`
  const number = hex(index + 1, 4)
  const name = `0003:${hex(vendorId, 4)}:${hex(productId, 4)}.${number}`.toUpperCase()
  return { usb, name, hid: `${usb}/1-${index + 1}:1.0/${name}` }
}

/** On USB, its interface, its HID part and its node. */
function describe(device: HidrawIdentity, index: number): string {
  const { node, vendorId, productId, product, serial, reportDescriptor } = device
  const [vendor, model] = [hex(vendorId, 4), hex(productId, 4)]
  const { usb, name, hid } = placesOf(device, index)
  const id = `0003:${hex(vendorId, 8)}:${hex(productId, 8)}`.toUpperCase()
  return `P: ${usb}
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
A: idVendor=${vendor}\\n
A: idProduct=${model}\\n
A: bcdDevice=0100\\n
A: manufacturer=Rig\\n
A: product=${product}\\n
A: serial=${serial}\\n

P: ${usb}/1-${index + 1}:1.0
E: SUBSYSTEM=usb
E: DEVTYPE=usb_interface
A: bInterfaceNumber=00\\n

P: ${hid}
E: SUBSYSTEM=hid
E: HID_ID=${id}
E: HID_NAME=Rig ${product}
E: HID_UNIQ=${serial}
H: report_descriptor=${toHex(reportDescriptor).toUpperCase()}

P: ${hid}/hidraw/${node}
N: ${node}
L: device=../../../${name}
E: SUBSYSTEM=hidraw
E: DEVNAME=/dev/${node}
E: MAJOR=240
E: MINOR=${index}
`
}
