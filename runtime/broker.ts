import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Aedes, type Client } from 'aedes'
import { PersonhoodError } from '../protocol/errors.ts'
import { createPacketGate } from './mqtt-packet-gate.ts'
import { systemCode } from './system-code.ts'
import { isTopicFilter } from './topic-filter.ts'

/** Who may do what at a broker; `client` is the name that it gave as username. */
export type BrokerRights = {
  /** Whether the client is who it says. */
  readonly isKnown: (client: string, password: string) => boolean
  readonly mayPublish: (client: string, topic: string) => boolean
  readonly maySubscribe: (client: string, filter: string) => boolean
}

/** An embedded broker. */
export type Broker = {
  readonly url: string
  readonly port: number
  /** Ends within 2 s, whatever its clients do. */
  close(): Promise<void>
}

/** Longest client id taken, in characters: a district's path and a kiosk's name. */
const MAX_CLIENT_ID = 256
const CONNECT_TIMEOUT_MS = 30_000
const CLOSE_MS = 1000

/**
 * Starts aedes (MQTT 3.1.1 only) on 127.0.0.1; port 0 takes any free one. It keeps nothing on disk:
 * what counts rests in the outboxes until a signed receipt. A client's id is its name, or begins with
 * it and a colon. Who publishes where it may not is
 * disconnected, as 3.1.1 has no word for it; a refused subscription is answered with 0x80.
 */
export async function startBroker(
  rights: BrokerRights,
  options: { readonly host?: string; readonly port?: number } = {},
): Promise<Broker> {
  const { host = '127.0.0.1', port = 0 } = options
  const names = new WeakMap<Client, string>()
  const nameOf = (client: Client | null) => (client && names.get(client)) ?? undefined
  const aedes = new Aedes({
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxClientsIdLength: MAX_CLIENT_ID,
    authenticate(client, username, password, done) {
      const name = username ?? ''
      // An id of somebody else's would throw him out: a second connection takes the first one's place.
      const isOwnId = client.id === name || client.id.startsWith(`${name}:`)
      const isKnown = isOwnId && rights.isKnown(name, password?.toString('utf8') ?? '')
      if (isKnown) names.set(client, name)
      // 5 = not authorised (3.1.1 §3.2.2.3)
      done(isKnown ? null : Object.assign(new Error('not authorised'), { returnCode: 5 }), isKnown)
    },
    authorizePublish(client, { topic }, done) {
      const name = nameOf(client)
      const isAllowed = name !== undefined && rights.mayPublish(name, topic)
      done(isAllowed ? null : new Error(`${name ?? 'nobody'} may not publish to ${topic}`))
    },
    authorizeSubscribe(client, subscription, done) {
      const name = nameOf(client)
      const { topic } = subscription
      const isAllowed =
        name !== undefined && isTopicFilter(topic) && rights.maySubscribe(name, topic)
      done(null, isAllowed ? subscription : null)
    },
  })
  await aedes.listen()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => sockets.delete(socket))
    const isSmallEnough = createPacketGate()
    aedes.handle(socket)
    socket.on('data', (chunk: Uint8Array) => {
      if (!isSmallEnough(chunk)) socket.destroy()
    })
  })
  const address = await listen(server, host, port).catch(async (error) => {
    await new Promise<void>((resolve) => aedes.close(resolve))
    throw error
  })
  return {
    url: `mqtt://${host}:${address.port}`,
    port: address.port,
    async close() {
      const isClosed = new Promise<void>((resolve) => server.close(() => resolve()))
      const isQuiet = new Promise<void>((resolve) => aedes.close(resolve))
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSE_MS)
      })
      await Promise.race([isQuiet, late])
      clearTimeout(timer)
      for (const socket of sockets) socket.destroy()
      await isClosed
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const message =
        systemCode(cause) === 'EADDRINUSE'
          ? `port ${port} of ${host} is taken: choose another or 0 for any`
          : `no broker at ${host}:${port}`
      reject(new PersonhoodError('link.port', message, { cause }))
    })
    server.listen({ host, port }, () => resolve(server.address() as AddressInfo))
  })
}
