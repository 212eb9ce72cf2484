import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { type IClientOptions, MqttClient } from 'mqtt'
import { PersonhoodError } from '../protocol/errors.ts'
import type { TlsBundle } from './tls/bundle.ts'
import { tlsFaultOf } from './tls/faults.ts'
import type { TlsSessions } from './tls/session-file.ts'
import type { Message } from './transport.ts'
import { until } from './until.ts'

/** What one connection to a broker needs. */
export type ConnectionOptions = {
  /** `mqtt://host:port` or `mqtts://host:port`. */
  readonly url: string
  readonly clientId: string
  readonly username?: string
  readonly password?: string
  /** For `mqtts:`: who we are and whom we believe; without it, nobody and the system's authorities. */
  readonly tls?: TlsBundle
  /** The last session, to be resumed. */
  readonly sessions?: TlsSessions
  /** Published by the broker, retained, when this client is gone without a word. */
  readonly will?: { readonly topic: string; readonly payload: Uint8Array }
  /** 4 = MQTT 3.1.1 (aedes speaks no other), 5 = MQTT 5; 4 unless told. */
  readonly protocolVersion?: 4 | 5
  /** From the first byte to CONNACK, and for each acknowledgement after it. */
  readonly connectTimeoutMs: number
  readonly keepaliveS: number
}

/** One connection, from its first byte to its last. */
export type Connection = {
  /** Resolves on CONNACK; rejects with `link.refused` or `link.down`. */
  readonly ready: Promise<void>
  /** Aborted when the connection is over. */
  readonly lost: AbortSignal
  publish(topic: string, payload: Uint8Array, retain: boolean, signal?: AbortSignal): Promise<void>
  subscribe(filter: string): Promise<void>
  unsubscribe(filter: string): Promise<void>
  /** Bytes of TCP payload. */
  counters(): { readonly sentBytes: number; readonly receivedBytes: number }
  /** Says goodbye where it can; over within 1.5 s. */
  end(): Promise<void>
}

const END_MS = 750
/** Unacknowledged at once where the broker names no Receive Maximum; Mosquitto's own default is 20. */
const WINDOW = 20
const MAX_WINDOW = 100
/** The largest message taken from an MQTT 5 broker, in bytes: a full status list, twice over. */
const MAX_PACKET_BYTES = 1024 * 1024

/**
 * Opens one connection. The session is clean: what a broker keeps for an absent kiosk is neither
 * durable (a kill lost all of it in our trials) nor needed, since outbox and receipts repeat what
 * went missing and what must await a kiosk is retained; and it would grow for kiosks that never
 * return. mqtt.js neither reconnects nor queues here: both are lost with the process.
 */
export function openConnection(
  options: ConnectionOptions,
  onMessage: (message: Message) => void,
): Connection {
  const url = new URL(options.url)
  const raw = connectTcp({ host: hostOf(url), port: Number(url.port || portOf(url)) })
  raw.setNoDelay(true)
  raw.on('error', () => undefined) // told by the client, which has it from the stream over this one
  const client = new MqttClient(() => secure(raw, url, options), clientOptions(options))
  const over = new AbortController()
  const fail = (error: PersonhoodError) => {
    if (over.signal.aborted) return
    over.abort(error)
    client.end(true)
    raw.destroy()
  }
  let window = WINDOW
  let inFlight = 0
  const waiting: (() => void)[] = []

  const ready = new Promise<void>((resolve, reject) => {
    client.on('connect', ({ properties }) => {
      window = Math.min(properties?.receiveMaximum ?? WINDOW, MAX_WINDOW)
      resolve()
    })
    over.signal.addEventListener('abort', () => reject(over.signal.reason))
  })
  ready.catch(() => undefined) // who waits for it hears it; nobody has to
  client.on('error', (cause) => fail(faultOf(cause, options.url)))
  // MQTT 5 §3.14: a broker that says why it ends, such as another connection of the same client.
  client.on('disconnect', ({ reasonCode }) => {
    if (reasonCode !== undefined && reasonCode >= 0x80) {
      fail(refusedWith(reasonCode, options.url))
    }
  })
  client.on('close', () => fail(down(options.url)))
  client.on('message', (topic, payload, { retain }) => {
    onMessage({ topic, payload: Uint8Array.from(payload), retained: retain })
  })

  const acknowledged = <T>(answer: Promise<T>, signal?: AbortSignal): Promise<T> =>
    until(answer, {
      signals: [over.signal, signal],
      timeoutMs: options.connectTimeoutMs,
      fault: (cause) => (cause instanceof PersonhoodError ? cause : down(options.url, cause)),
    })

  async function publish(topic: string, payload: Uint8Array, retain: boolean): Promise<void> {
    if (inFlight >= window) await new Promise<void>((resolve) => waiting.push(resolve))
    else inFlight++
    try {
      if (over.signal.aborted) throw over.signal.reason
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1, retain })
    } catch (cause) {
      throw faultOf(cause, `publishing to ${topic}`)
    } finally {
      // The place is handed on; only where nobody waits is it given up.
      const next = waiting.shift()
      if (next) next()
      else inFlight--
    }
  }

  async function subscribe(filter: string): Promise<void> {
    try {
      const granted = await client.subscribeAsync(filter, { qos: 1 })
      if (granted.every(({ qos }) => qos < 128)) return
    } catch (cause) {
      throw over.signal.aborted
        ? down(options.url, cause)
        : refused(`subscribing to ${filter}`, cause)
    }
    throw refused(`subscribing to ${filter}`)
  }

  return {
    ready,
    lost: over.signal,
    publish: (topic, payload, retain, signal) =>
      acknowledged(publish(topic, Uint8Array.from(payload), retain), signal),
    subscribe: (filter) => acknowledged(subscribe(filter)),
    async unsubscribe(filter) {
      await acknowledged(client.unsubscribeAsync(filter))
    },
    counters: () => ({ sentBytes: raw.bytesWritten, receivedBytes: raw.bytesRead }),
    async end() {
      if (client.connected) {
        await withinMs(END_MS, (done) => client.end(false, {}, done))
      }
      fail(down(options.url))
      await withinMs(END_MS, (done) => (raw.closed ? done() : raw.once('close', done)))
    },
  }
}

function clientOptions(options: ConnectionOptions): IClientOptions {
  const { clientId, username, password, will, protocolVersion = 4 } = options
  return {
    clientId,
    protocolVersion,
    clean: true,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    connectTimeout: options.connectTimeoutMs,
    keepalive: options.keepaliveS,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(protocolVersion === 5 ? { properties: { maximumPacketSize: MAX_PACKET_BYTES } } : {}),
    ...(will === undefined
      ? {}
      : { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true } }),
  }
}

function portOf(url: URL): number {
  return url.protocol === 'mqtts:' ? 8883 : 1883
}

/** Without the brackets of an IPv6 address. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

/** TLS lies over a socket of ours, so that its bytes are counted as they go over the line. */
function secure(raw: Socket, url: URL, { tls, sessions }: ConnectionOptions): Socket {
  if (url.protocol !== 'mqtts:') return raw
  const host = hostOf(url)
  const session = sessions?.last
  const socket: TLSSocket = connectTls({
    socket: raw,
    host,
    // RFC 6066 §3: an address is no server name.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(tls && { ca: tls.authority, cert: tls.certificate, key: tls.privateKey }),
    ...(session && { session }),
  })
  if (sessions !== undefined) {
    socket.on('session', (next) => sessions.keep(next))
    const dropStale = () => sessions.drop()
    if (session !== undefined) socket.once('error', dropStale)
    // From here on it is not the session that a fault is about.
    socket.once('secureConnect', () => socket.off('error', dropStale))
  }
  return socket
}

function down(where: string, cause?: unknown): PersonhoodError {
  return new PersonhoodError('link.down', `no connection to ${where}; nothing was queued`, {
    cause,
  })
}

function refused(what: string, cause?: unknown): PersonhoodError {
  return new PersonhoodError('link.refused', `the broker refused ${what}`, { cause })
}

/** 3.1.1 §3.2.2.3: bad name or password, not authorised; MQTT 5 §3.2.2.2: the same, banned, bad method. */
const UNAUTHORISED: ReadonlySet<number> = new Set([4, 5, 0x86, 0x87, 0x8a, 0x8c])

function refusedWith(reason: number, what: string, cause?: unknown): PersonhoodError {
  if (!UNAUTHORISED.has(reason)) return refused(`${what} (reason ${reason})`, cause)
  return new PersonhoodError(
    'link.refused.unauthorised',
    `the broker says that this station is not authorised: ${what} (reason ${reason})`,
    { cause },
  )
}

/** MQTT numbers its refusals (3.1.1 §3.2.2.3: 1..5; MQTT 5 §2.4: from 0x80); systems name theirs. */
function faultOf(cause: unknown, what: string): PersonhoodError {
  if (cause instanceof PersonhoodError) return cause
  const inTls = tlsFaultOf(cause, what)
  if (inTls !== undefined) return inTls
  const { code } = cause as { readonly code?: unknown }
  return typeof code === 'number' ? refusedWith(code, what, cause) : down(what, cause)
}

function withinMs(timeoutMs: number, start: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs)
    start(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
