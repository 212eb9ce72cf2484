import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type BytePort, createPortEvents } from '../../../hardware/port.ts'
import { concat, toHex } from '../../../protocol/bytes.ts'
import { notInstalled } from '../../kit/pn532-terminal.ts'

const SHIM = 'test/certification/hidraw/hidraw-shim.c'
const CLIENT_DEADLINE_MS = 30_000
const HEAD_BYTES = 2

/** Why there is no emulated hidraw here, or false. */
export const noHidraw: string | false =
  notInstalled('umockdev-run', 'gcc') ||
  (!existsSync('/usr/include/linux/hidraw.h') && 'linux-libc-dev not installed')

/** A HID device as the kernel would show it. */
export type HidrawDevice = {
  /** hidrawN. */
  readonly node: string
  readonly vendorId: number
  readonly productId: number
  readonly product: string
  readonly serial: string
  /** HID 1.11 §6.2.2. */
  readonly reportDescriptor: Uint8Array
  /** Takes the device's end, for as long as it lives: each run of bytes one report, without its number. */
  readonly attach: (port: BytePort) => void
}

/** Emulated hidraw nodes, which programs see that are run on the bus. */
export type HidrawBus = {
  /** What a program prints to which these nodes are the machine's. */
  run(program: readonly string[], onTold?: (told: string) => void): Promise<string>
  /** Takes the node away, from the file tree and from who has it open. */
  unplug(node: string): Promise<void>
  replug(node: string): Promise<void>
}

/** A bus with these devices on it; ends with the test. Node has no packet sockets: reports are framed. */
export async function hidrawBus(
  t: { teardown(action: () => Promise<void>): void },
  devices: readonly HidrawDevice[],
): Promise<HidrawBus> {
  const folder = await mkdtemp(join(tmpdir(), 'hidraw-'))
  const [shim, description] = [join(folder, 'shim.so'), join(folder, 'devices.umockdev')]
  await promisify(execFile)('gcc', [
    '-shared',
    '-fPIC',
    '-O2',
    '-Wall',
    '-Werror',
    '-o',
    shim,
    SHIM,
  ])
  await writeFile(description, devices.map(describe).join('\n'))
  const nodes = new Map(devices.map((device) => [device.node, serve(folder, device)]))
  const find = (node: string): Node => {
    const found = nodes.get(node)
    if (found === undefined) throw new Error(`no ${node} on this bus`)
    return found
  }
  for (const node of nodes.values()) await node.plug()
  /** umockdev makes its file tree in our folder, since that is its folder for temporary files. */
  const places = async (node: string): Promise<readonly string[]> => {
    const tree = (await readdir(folder)).find((name) => name.startsWith('umockdev.')) ?? ''
    return [join(folder, tree, 'dev', node), join(folder, tree, 'sys/class/hidraw', node)]
  }
  t.teardown(async () => {
    for (const node of nodes.values()) await node.pull()
    await rm(folder, { recursive: true })
  })
  return {
    run: async (program, onTold = () => undefined) => {
      const preload = ['env', `LD_PRELOAD=${shim}:libumockdev-preload.so.0`]
      const args = ['-d', description, '--', ...preload, ...program]
      const running = promisify(execFile)('umockdev-run', args, {
        env: { ...process.env, TMPDIR: folder, HIDRAW_SOCKETS: folder, NODE_OPTIONS: '' },
        timeout: CLIENT_DEADLINE_MS,
      })
      running.child.stdout?.on('data', (told: string) => onTold(told))
      return (await running).stdout
    },
    unplug: async (node) => {
      for (const place of await places(node)) await rename(place, hidden(place))
      await find(node).pull()
    },
    replug: async (node) => {
      await find(node).plug()
      for (const place of await places(node)) await rename(hidden(place), place)
    },
  }
}

/** Where a node waits out its absence, in the folder above that of its kind. */
function hidden(place: string): string {
  return join(place, '../..', `absent-${place.split('/').at(-2)}-${place.split('/').at(-1)}`)
}

type Node = { plug(): Promise<void>; pull(): Promise<void> }

/** A socket for one node; whoever has it open hears every report of the device. */
function serve(folder: string, { node, reportDescriptor, attach }: HidrawDevice): Node {
  const sockets = new Set<Socket>()
  const events = createPortEvents(node)
  const send = (report: Uint8Array, to: Iterable<Socket>): void => {
    const head = Uint8Array.of(report.length, report.length >> 8)
    for (const socket of to) socket.write(concat(head, report))
  }
  attach({
    name: node,
    onBytes: events.onBytes,
    onClose: events.onClose,
    write: async (report) => send(report, sockets),
    close: async () => events.end(undefined),
  })
  const open = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    send(reportDescriptor, [socket])
    // The kernel keeps the number of the report, 0, to itself where reports are not numbered.
    onReports(socket, (report) => events.deliver(report.subarray(1)))
  }
  let server: Server
  return {
    plug: async () => {
      server = createServer(open)
      await new Promise<void>((resolve) => server.listen(join(folder, node), resolve))
    },
    pull: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function onReports(socket: Socket, listener: (report: Uint8Array) => void): void {
  let rest = Buffer.alloc(0)
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes])
    while (rest.length >= HEAD_BYTES && rest.length >= HEAD_BYTES + rest.readUInt16LE()) {
      const end = HEAD_BYTES + rest.readUInt16LE()
      listener(Uint8Array.from(rest.subarray(HEAD_BYTES, end)))
      rest = rest.subarray(end)
    }
  })
}

/** The device in the words of umockdev: on USB, its interface, its HID part and its node. */
function describe(device: HidrawDevice, index: number): string {
  const { node, vendorId, productId, product, serial, reportDescriptor } = device
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
  const [vendor, model] = [hex(vendorId, 4), hex(productId, 4)]
  const usb = `/devices/pci0000:00/0000:00:14.0/usb1/1-${index + 1}`
  const name = `0003:${vendor}:${model}.000${index + 1}`.toUpperCase()
  const hid = `${usb}/1-${index + 1}:1.0/${name}`
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
