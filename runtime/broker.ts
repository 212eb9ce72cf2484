import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { Aedes, type Client } from 'aedes'
import { PersonhoodError } from '../protocol/errors.ts'
import { isLoopback } from './loopback.ts'
import { createPacketGate } from './mqtt-packet-gate.ts'
import { systemCode } from './system-code.ts'
import type { TlsBundle } from './tls/bundle.ts'
import { isTopicFilter } from './topic-filter.ts'

/** Who may do what at a broker; `client` is the name of a station. */
export type BrokerRights = {
  /** Whether the client is who its username says, where there is no TLS. */
  readonly isKnown: (client: string, password: string) => boolean
  readonly mayPublish: (client: string, topic: string) => boolean
  readonly maySubscribe: (client: string, filter: string) => boolean
}

/** TLS with certificates on both sides: a client is whom its certificate names, not its username. */
export type BrokerTls = TlsBundle & {
  /** The station with this common name now; undefined = it has no rights (any more). */
  readonly nameOf: (commonName: string) => string | undefined
  /** 48 bytes that outlive a restart, so that sessions do, too. */
  readonly ticketKeys?: Uint8Array
}

/** Where a broker listens: on 127.0.0.1 unless told, and elsewhere only with TLS. */
export type BrokerOptions = {
  readonly host?: string
  /** 0, the default, takes any free one. */
  readonly port?: number
  readonly tls?: BrokerTls
}

/** An embedded broker. */
export type Broker = {
  readonly url: string
  /** The same from within this machine, also where it listens on all addresses. */
  readonly localUrl: string
  readonly port: number
  /** Ends within 2 s, whatever its clients do. */
  close(): Promise<void>
}

/** Longest client id taken, in characters: a district's path and a kiosk's name. */
const MAX_CLIENT_ID = 256
const CONNECT_TIMEOUT_MS = 30_000
const CLOSE_MS = 1000

/** RFC 8446 §4.6.1: the longest life of a ticket, seven days. */
const SESSION_S = 604_800
/** A full handshake at 20 kbit/s takes 7 s, and the line stalls. */
const HANDSHAKE_MS = 60_000

/**
 * Starts aedes (MQTT 3.1.1 only). It keeps nothing on disk: what counts rests in the outboxes until a
 * signed receipt. A client's id is its name (the common name of its certificate, or its username), or
 * begins with it and a colon. Who publishes where it may not is
 * disconnected, as 3.1.1 has no word for it; a refused subscription is answered with 0x80.
 */
export async function startBroker(
  rights: BrokerRights,
  options: BrokerOptions = {},
): Promise<Broker> {
  const { host = '127.0.0.1', port = 0, tls } = options
  if (tls === undefined && !isLoopback(host)) {
    throw new PersonhoodError(
      'config.broker',
      `a broker at ${host} can be reached from outside: it needs TLS`,
    )
  }
  const names = new WeakMap<Client, string>()
  /** The station, asked for anew each time: a list of trust may have changed since it came in. */
  const nameOf = (client: Client | null): string | undefined => {
    const name = (client && names.get(client)) ?? undefined
    return name === undefined || tls === undefined ? name : tls.nameOf(name)
  }
  const aedes = new Aedes({
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxClientsIdLength: MAX_CLIENT_ID,
    authenticate(client, username, password, done) {
      const name = tls === undefined ? (username ?? '') : commonNameOf(client.conn)
      // An id of somebody else's would throw him out: a second connection takes the first one's place.
      const isOwnId = client.id === name || client.id.startsWith(`${name}:`)
      const isGenuine =
        tls === undefined
          ? rights.isKnown(name, password?.toString('utf8') ?? '')
          : tls.nameOf(name) !== undefined
      const isKnown = isOwnId && isGenuine
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
    // Who has lost its rights hears nothing more, whatever it subscribed to before.
    authorizeForward: (client, packet) => (nameOf(client) === undefined ? null : packet),
  })
  await aedes.listen()
  const sockets = new Set<Socket>()
  const onSocket = (socket: Socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => sockets.delete(socket))
    const isSmallEnough = createPacketGate()
    aedes.handle(socket)
    socket.on('data', (chunk: Uint8Array) => {
      if (!isSmallEnough(chunk)) socket.destroy()
    })
  }
  const server = tls === undefined ? createServer(onSocket) : secureServer(tls, onSocket)
  const scheme = tls === undefined ? 'mqtt' : 'mqtts'
  const address = await listen(server, host, port).catch(async (error) => {
    await new Promise<void>((resolve) => aedes.close(resolve))
    throw error
  })
  return {
    url: `${scheme}://${inUrl(host)}:${address.port}`,
    localUrl: `${scheme}://${ANY.has(host) ? '127.0.0.1' : inUrl(host)}:${address.port}`,
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

/** Strangers end in the handshake; who comes back within a week resumes. */
function secureServer(tls: BrokerTls, onSocket: (socket: Socket) => void): Server {
  const server = createTlsServer({
    cert: tls.certificate,
    key: tls.privateKey,
    ca: tls.authority,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE_MS,
    sessionTimeout: SESSION_S,
    // Without it, a session with a client's certificate is not taken up again (SSL_CTX_set_session_id_context).
    sessionIdContext: 'personhood',
    ...(tls.ticketKeys && { ticketKeys: Buffer.from(tls.ticketKeys) }),
  })
  server.on('secureConnection', (socket) => {
    // A resumed session was not checked again: its certificate may have ended since.
    const ends = Date.parse(socket.getPeerCertificate().valid_to)
    if (ends > Date.now()) onSocket(socket)
    else socket.destroy()
  })
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  return server
}

/** Addresses that stand for all of this machine's. */
const ANY: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function commonNameOf(connection: unknown): string {
  const { subject } = (connection as TLSSocket).getPeerCertificate()
  return typeof subject?.CN === 'string' ? subject.CN : ''
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
