import { readdir, readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Who a USB device says it is (USB 2.0 §9.6.1); adapters of the cheapest kind have no serial. */
export type UsbIdentity = {
  readonly vendorId: number
  readonly productId: number
  readonly serial: string | undefined
  /** Number of the interface, where one device has several serial ports. */
  readonly interfaceNumber: number | undefined
}

/** A serial device as the system has it now. */
export type SerialDevice = {
  /** The node, such as /dev/ttyUSB0: given out anew at each plugging, so never a name to keep. */
  readonly node: string
  /** Links to it under /dev/serial/by-id, by-path, then of our udev rules: the same at each plugging. */
  readonly names: readonly string[]
  readonly usb: UsbIdentity | undefined
}

/** Where devices and their descriptions lie; a test gives folders of its own. */
export type SystemRoots = { readonly dev: string; readonly sys: string }

const THIS_SYSTEM: SystemRoots = { dev: '/dev', sys: '/sys' }
const USB_SERIAL = /^tty(?:USB|ACM)\d+$/
const MAX_LEVELS = 6

/** The USB serial devices that are plugged in, from sysfs and udev's links: no tool is run. */
export async function listSerialDevices(
  roots: SystemRoots = THIS_SYSTEM,
): Promise<readonly SerialDevice[]> {
  const [links, ttys] = await Promise.all([stableLinks(roots.dev), names(`${roots.sys}/class/tty`)])
  return Promise.all(
    ttys
      .filter((name) => USB_SERIAL.test(name))
      .map(async (name): Promise<SerialDevice> => {
        const node = join(roots.dev, name)
        const device = await realpath(`${roots.sys}/class/tty/${name}/device`).catch(
          () => undefined,
        )
        return {
          node,
          names: links.filter((link) => link.node === node).map(({ path }) => path),
          usb: device === undefined ? undefined : await usbIdentity(device),
        }
      }),
  )
}

async function stableLinks(
  dev: string,
): Promise<readonly { readonly path: string; readonly node: string }[]> {
  const folders = ['serial/by-id', 'serial/by-path', 'personhood'].map((name) => join(dev, name))
  const paths = await Promise.all(
    folders.map(async (folder) => (await names(folder)).map((name) => join(folder, name))),
  )
  return Promise.all(
    paths.flat().map(async (path) => ({ path, node: await realpath(path).catch(() => '') })),
  )
}

/** The tty hangs under its interface, and that under the device with the descriptors. */
async function usbIdentity(device: string): Promise<UsbIdentity | undefined> {
  let interfaceNumber: number | undefined
  for (let [at, level] = [device, 0]; level < MAX_LEVELS; [at, level] = [dirname(at), level + 1]) {
    interfaceNumber ??= await hexIn(`${at}/bInterfaceNumber`)
    const vendorId = await hexIn(`${at}/idVendor`)
    const productId = await hexIn(`${at}/idProduct`)
    if (vendorId === undefined || productId === undefined) continue
    const serial = (await readFile(`${at}/serial`, 'utf8').catch(() => '')).trim()
    return { vendorId, productId, serial: serial === '' ? undefined : serial, interfaceNumber }
  }
  return undefined
}

async function hexIn(path: string): Promise<number | undefined> {
  const text = (await readFile(path, 'utf8').catch(() => '')).trim()
  return /^[0-9a-f]{1,4}$/i.test(text) ? Number.parseInt(text, 16) : undefined
}

async function names(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).sort()
}
