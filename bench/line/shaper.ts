import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createRandom, type Random } from '../../hardware/sim/random.ts'
import type { Timers } from '../../protocol/timers.ts'

/** What a line is like. Chances are for each packet of at most 256 bytes. */
export type LineProfile = {
  readonly bitsPerSecond: number
  readonly roundTripMs: number
  /** Up to so much more each way. */
  readonly jitterMs: number
  /** A stall is what loss looks like above TCP: nothing comes for so long, and then all of it. */
  readonly stallChance: number
  readonly stallMs: number
  readonly resetChance: number
}

/** EDGE on a good day, and GPRS on a bad one. */
export const LINE_PROFILES: Readonly<Record<'40k' | '20k', LineProfile>> = {
  '40k': {
    ...{ bitsPerSecond: 40_000, roundTripMs: 600, jitterMs: 100 },
    ...{ stallChance: 0, stallMs: 0, resetChance: 0 },
  },
  '20k': {
    ...{ bitsPerSecond: 20_000, roundTripMs: 900, jitterMs: 100 },
    ...{ stallChance: 0.02, stallMs: 3000, resetChance: 0 },
  },
}

/** What has passed. */
export type LineCounts = {
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly connections: number
  readonly stalls: number
  readonly resets: number
}

/** A slow TCP line on a free port of 127.0.0.1. */
export type TcpShaper = {
  readonly port: number
  readonly counts: LineCounts
  /** Resets all connections that there are. */
  reset(): void
  close(): Promise<void>
}

const PACKET_BYTES = 256
/** TCP and IP of each packet. */
const HEADER_BYTES = 40
/** Bytes under way in a direction above which the sender is held back. */
const WINDOW_BYTES = 8192

type Link = {
  /** Sends a packet; `arrive` runs when it is there, in the order of sending. */
  send(bytes: number, arrive: () => void): void
  readonly queuedBytes: number
  /** Calls back once, when the line has room again. */
  onRoom(listener: () => void): void
}

/**
 * One direction of a line: packets leave one after another at its rate and arrive in their order,
 * by one timer, since timers of different lengths keep none. `timeScale` 10 is a line ten times as
 * fast in every respect.
 */
export function createLink(
  profile: LineProfile,
  random: Random,
  {
    timers,
    nowMs,
    timeScale = 1,
    onStall = () => undefined,
  }: {
    readonly timers: Timers
    readonly nowMs: () => number
    readonly timeScale?: number
    readonly onStall?: () => void
  },
): Link {
  const queue: { readonly at: number; readonly bytes: number; readonly arrive: () => void }[] = []
  const waiting: (() => void)[] = []
  let freeAt = 0
  let lastAt = 0
  let queuedBytes = 0
  let isTimed = false

  function time(): void {
    const [first] = queue
    if (isTimed || first === undefined) return
    isTimed = true
    timers.after(Math.max(0, first.at - nowMs()), () => {
      isTimed = false
      deliver()
      time()
    })
  }
  function deliver(): void {
    // A timer may be early by a part of a millisecond.
    for (let [next] = queue; next !== undefined && next.at <= nowMs() + 0.5; [next] = queue) {
      queue.shift()
      queuedBytes -= next.bytes
      next.arrive()
    }
    if (queuedBytes < WINDOW_BYTES) for (const room of waiting.splice(0)) room()
  }
  return {
    get queuedBytes() {
      return queuedBytes
    },
    onRoom: (listener) => void waiting.push(listener),
    send(bytes, arrive) {
      const start = Math.max(nowMs(), freeAt)
      let tookMs = ((bytes + HEADER_BYTES) * 8000) / profile.bitsPerSecond
      if (random.next() < profile.stallChance) {
        tookMs += profile.stallMs
        onStall()
      }
      freeAt = start + tookMs / timeScale
      const delayMs = profile.roundTripMs / 2 + random.between(0, profile.jitterMs)
      lastAt = Math.max(lastAt, freeAt + delayMs / timeScale)
      queuedBytes += bytes
      queue.push({ at: lastAt, bytes, arrive })
      time()
    },
  }
}

/** Starts a line to another port of 127.0.0.1; equal seeds stall and reset at the same packets. */
export async function startTcpShaper(options: {
  readonly targetPort: number
  readonly profile: LineProfile
  readonly seed: number
  readonly timers: Timers
  readonly timeScale?: number
}): Promise<TcpShaper> {
  const { targetPort, profile, seed, timers, timeScale = 1 } = options
  const nowMs = () => performance.now()
  const counts = { sentBytes: 0, receivedBytes: 0, connections: 0, stalls: 0, resets: 0 }
  const onStall = () => void counts.stalls++
  const randoms = [createRandom(seed, 1), createRandom(seed, 2)] as const
  // One radio for all connections.
  const [up, down] = randoms.map((random) =>
    createLink(profile, random, { timers, nowMs, timeScale, onStall }),
  ) as [Link, Link]
  const resets = createRandom(seed, 3)
  const sockets = new Set<Socket>()
  const track = (socket: Socket): void => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  }
  function carry(from: Socket, to: Socket, link: Link, name: 'sentBytes' | 'receivedBytes'): void {
    from.on('data', (bytes) => {
      for (let at = 0; at < bytes.length; at += PACKET_BYTES) {
        const packet = bytes.subarray(at, at + PACKET_BYTES)
        if (resets.next() < profile.resetChance) {
          counts.resets++
          from.resetAndDestroy()
          to.resetAndDestroy()
          return
        }
        link.send(packet.length, () => {
          counts[name] += packet.length
          if (to.writable) to.write(packet)
        })
      }
      if (link.queuedBytes < WINDOW_BYTES) return
      from.pause()
      link.onRoom(() => from.resume())
    })
    // What was sent before the end still arrives, and then the end.
    from.on('close', () => link.send(0, () => to.destroy()))
  }
  const server = createServer((near) => {
    counts.connections++
    track(near)
    near.pause()
    // SYN and SYN-ACK take a round trip of their own.
    timers.after(profile.roundTripMs / timeScale, () => {
      const far = connect(targetPort, '127.0.0.1')
      track(far)
      carry(near, far, up, 'sentBytes')
      carry(far, near, down, 'receivedBytes')
      near.resume()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    get counts() {
      return { ...counts }
    },
    reset() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
