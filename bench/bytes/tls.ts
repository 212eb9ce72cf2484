import { setTimeout as delay } from 'node:timers/promises'
import { PersonhoodError } from '../../protocol/errors.ts'
import { type Broker, startBroker } from '../../runtime/broker.ts'
import { connectMqtt } from '../../runtime/mqtt-transport.ts'
import {
  type Credentials,
  createTlsAuthority,
  issueBrokerCredentials,
  issueCredentials,
} from '../../runtime/tls/authority.ts'
import { bundleText, type LoadedBundle, parseTlsBundle } from '../../runtime/tls/bundle.ts'
import { memorySessions, type TlsSessions } from '../../runtime/tls/session-file.ts'

/** Bytes of TCP payload, both directions, of a mutual TLS handshake with MQTT's CONNECT and CONNACK. */
export type TlsBytes = { readonly full: number; readonly resumed: number }

const PATH = 'demo.coast.port.harbour'
const KIOSK = '1111111111111111'
const HOST = '127.0.0.1'
/** What comes after the handshake, session tickets above all, is over after so much silence. */
const SILENCE_MS = 200
const PATIENCE_MS = 60_000

/** Connects a kiosk to an embedded broker twice, the second time with the session of the first. */
export async function measureTls(nowUnix: number, signal: AbortSignal): Promise<TlsBytes> {
  const authority = createTlsAuthority('00112233445566aa', PATH, nowUnix)
  const load = (credentials: Credentials) =>
    parseTlsBundle(bundleText({ ...credentials, authority: authority.certificate }), 'tls.pem')
  const server = load(issueBrokerCredentials(authority, { path: PATH, hosts: [HOST] }, nowUnix))
  const kiosk = load(issueCredentials(authority, { kid: KIOSK, path: PATH }, nowUnix))
  const rights = { isKnown: () => true, mayPublish: () => true, maySubscribe: () => true }
  const tls = { ...server, nameOf: (name: string) => (name === KIOSK ? 'k1' : undefined) }
  const broker = await startBroker(rights, { tls })
  try {
    const sessions = memorySessions()
    const full = await connectOnce(broker, kiosk, sessions, signal)
    const resumed = await connectOnce(broker, kiosk, sessions, signal)
    return { full, resumed }
  } finally {
    await broker.close()
  }
}

async function connectOnce(
  { url }: Broker,
  tls: LoadedBundle,
  sessions: TlsSessions,
  signal: AbortSignal,
): Promise<number> {
  const transport = connectMqtt({ url, clientId: KIOSK, tls, sessions, random: Math.random })
  const bytes = () => transport.counters().sentBytes + transport.counters().receivedBytes
  const end = performance.now() + PATIENCE_MS
  try {
    let seen = -1
    while (!transport.isConnected || sessions.last === undefined || bytes() !== seen) {
      if (performance.now() > end) throw new PersonhoodError('link.timeout', 'TLS: no connection')
      seen = bytes()
      await delay(SILENCE_MS, undefined, { signal })
    }
    return seen
  } finally {
    await transport.close()
  }
}
