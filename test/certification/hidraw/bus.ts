import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { BytePort } from '../../../hardware/port.ts'
import { describeAll, type HidrawIdentity } from '../../kit/hidraw/description.ts'
import { hideNode, type NodeSocket, nodeSocket, showNode } from '../../kit/hidraw/node-socket.ts'
import { buildShim } from '../../kit/hidraw/shim.ts'

const CLIENT_DEADLINE_MS = 30_000

/** A HID device as the kernel would show it. */
export type HidrawDevice = HidrawIdentity & {
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

/** A bus with these devices on it; ends with the test. */
export async function hidrawBus(
  t: { teardown(action: () => Promise<void>): void },
  devices: readonly HidrawDevice[],
): Promise<HidrawBus> {
  const folder = await mkdtemp(join(tmpdir(), 'hidraw-'))
  const description = join(folder, 'devices.umockdev')
  const preload = await buildShim(folder)
  await writeFile(description, describeAll(devices))
  const sockets = new Map<string, NodeSocket>()
  for (const { node, reportDescriptor, attach } of devices) {
    const socket = nodeSocket(folder, node, reportDescriptor)
    attach(socket.port)
    sockets.set(node, socket)
    await socket.listen()
  }
  const find = (node: string): NodeSocket => {
    const found = sockets.get(node)
    if (found === undefined) throw new Error(`no ${node} on this bus`)
    return found
  }
  const tree = async (): Promise<string> =>
    join(folder, (await readdir(folder)).find((name) => name.startsWith('umockdev.')) ?? '')
  t.teardown(async () => {
    for (const socket of sockets.values()) {
      socket.refuse()
      socket.drop()
    }
    await rm(folder, { recursive: true })
  })
  return {
    run: async (program, onTold = () => undefined) => {
      const running = promisify(execFile)(
        'umockdev-run',
        [...preload.command(description, program)],
        { env: { ...process.env, ...preload.env }, timeout: CLIENT_DEADLINE_MS },
      )
      running.child.stdout?.on('data', (told: string) => onTold(told))
      return (await running).stdout
    },
    unplug: async (node) => {
      await hideNode(await tree(), node)
      find(node).refuse()
      find(node).drop()
    },
    replug: async (node) => {
      await find(node).listen()
      await showNode(await tree(), node)
    },
  }
}
