import { connect, createServer, type Socket } from 'node:net'
import { PersonhoodError } from '../../protocol/errors.ts'

/** A line between a kiosk and its broker that can be cut. */
export type Cable = {
  /** Where the kiosk connects. */
  readonly url: string
  readonly isCut: boolean
  /** Bytes that went through, both ways. */
  readonly bytes: number
  /** Ends all connections and takes no new ones until `mend`. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

/** Lays a cable on 127.0.0.1 to a broker's port there; what goes through it may be TLS. */
export async function layCable(
  targetPort: number,
  scheme: 'mqtt' | 'mqtts' = 'mqtt',
): Promise<Cable> {
  const sockets = new Set<Socket>()
  let isCut = false
  let bytes = 0
  const server = createServer((kiosk) => {
    if (isCut) {
      kiosk.destroy()
      return
    }
    const broker = connect(targetPort, '127.0.0.1')
    join(kiosk, broker)
    join(broker, kiosk)
  })

  function join(from: Socket, to: Socket): void {
    sockets.add(from)
    from.setNoDelay(true)
    from.on('data', (chunk) => {
      bytes += chunk.length
      // What the slower side has not taken yet holds the faster one back.
      if (!to.write(chunk)) {
        from.pause()
        to.once('drain', () => from.resume())
      }
    })
    from.on('error', () => to.destroy())
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') {
    throw new PersonhoodError('link.cable', 'the cable has no port')
  }
  return {
    url: `${scheme}://127.0.0.1:${address.port}`,
    get isCut() {
      return isCut
    },
    get bytes() {
      return bytes
    },
    cut() {
      isCut = true
      for (const socket of sockets) socket.destroy()
    },
    mend() {
      isCut = false
    },
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
