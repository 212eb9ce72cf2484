import { rename } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { type BytePort, createPortEvents } from '../../../hardware/port.ts'
import { concat } from '../../../protocol/bytes.ts'

const HEAD_BYTES = 2

/** The socket behind one node: whoever has it open hears every report of the device. */
export type NodeSocket = {
  /** The device's end: each run of bytes one report, without its number. */
  readonly port: BytePort
  listen(): Promise<void>
  /** Nobody opens it any more. */
  refuse(): void
  /** Whoever has it open learns that it is gone. */
  drop(): void
}

/** A socket for `node` in the folder. Node has no packet sockets: reports are framed. */
export function nodeSocket(folder: string, node: string, reportDescriptor: Uint8Array): NodeSocket {
  const sockets = new Set<Socket>()
  const events = createPortEvents(node)
  const send = (report: Uint8Array, to: Iterable<Socket>): void => {
    const head = Uint8Array.of(report.length, report.length >> 8)
    for (const socket of to) socket.write(concat(head, report))
  }
  const open = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    send(reportDescriptor, [socket])
    // The kernel keeps the number of the report, 0, to itself where reports are not numbered.
    onReports(socket, (report) => events.deliver(report.subarray(1)))
  }
  let server: Server | undefined
  return {
    port: {
      name: node,
      onBytes: events.onBytes,
      onClose: events.onClose,
      write: async (report) => send(report, sockets),
      close: async () => events.end(undefined),
    },
    listen: async () => {
      const made = createServer(open)
      server = made
      await new Promise<void>((resolve, reject) => {
        made.on('error', reject)
        made.listen(join(folder, node), resolve)
      })
    },
    refuse: () => void server?.close(),
    drop: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Where umockdev's tree shows a node. */
function placesOf(tree: string, node: string): readonly string[] {
  return [join(tree, 'dev', node), join(tree, 'sys/class/hidraw', node)]
}

/** Takes the node out of umockdev's tree. */
export async function hideNode(tree: string, node: string): Promise<void> {
  for (const place of placesOf(tree, node)) await rename(place, hidden(place))
}

/** Puts it back. */
export async function showNode(tree: string, node: string): Promise<void> {
  for (const place of placesOf(tree, node)) await rename(hidden(place), place)
}

/** Where a node waits out its absence, in the folder above that of its kind. */
function hidden(place: string): string {
  return join(place, '../..', `absent-${place.split('/').at(-2)}-${place.split('/').at(-1)}`)
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
