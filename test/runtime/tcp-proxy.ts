import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A line that can be cut, and one that goes dead without a word. */
export type TcpProxy = {
  readonly port: number
  /** Ends all connections and refuses new ones until `restore`. */
  cut(): void
  /** Keeps connections, and takes new ones, but carries no byte until `restore`. */
  freeze(): void
  restore(): void
  /** Connections taken so far. */
  readonly accepted: number
  close(): Promise<void>
}

/** A proxy on a free port of 127.0.0.1 to another port of it. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let state: 'open' | 'cut' | 'frozen' = 'open'
  let accepted = 0
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((near) => {
    if (state === 'cut') return near.destroy()
    accepted++
    const far = connect(targetPort, '127.0.0.1')
    track(near)
    track(far)
    const carry = (from: Socket, to: Socket) => {
      from.on('data', (bytes) => {
        if (state === 'open') to.write(bytes)
      })
      from.on('close', () => to.destroy())
    }
    carry(near, far)
    carry(far, near)
    return undefined
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const drop = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return accepted
    },
    cut() {
      state = 'cut'
      drop()
    },
    freeze() {
      state = 'frozen'
    },
    restore() {
      state = 'open'
    },
    close() {
      drop()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
