import { equalBytes, toHex } from '../../protocol/bytes.ts'
import { privateKeyFrom, publicKeyOf, signMessage } from '../../protocol/secp256k1.ts'
import type { Timers } from '../../protocol/timers.ts'
import { type FrameChannel, openChannel } from '../exchange.ts'
import type { BytePort } from '../port.ts'
import { createRandom, seedOf } from '../sim/random.ts'
import { processTimers } from '../timers.ts'
import {
  ALL_LIGHTS,
  type Bodies,
  type FrameDigest,
  LINK_FAULTS,
  type MessageName,
} from './bodies.ts'
import { BODY_CODECS } from './body-codecs.ts'
import { digestFrame, type OrbFrame } from './burst.ts'
import { encodeFrame, LINE_IDLE_MS, ORB_LINK_VERSION } from './link.ts'
import {
  captureToSign,
  encodeMessage,
  identityToSign,
  type OrbMessage,
  scanMessages,
} from './messages.ts'
import { chunksOf, damage, type FrameSource, seeFrame } from './simulated-frames.ts'

/** The head's own key; the simulator never sees more of it than this. */
export type HeadKey = {
  /** Compressed secp256k1 key, 33 bytes. */
  readonly publicKey: Uint8Array
  /** ECDSA over the SHA-256 of the message, 64 bytes, low-S. */
  readonly sign: (message: Uint8Array) => Uint8Array
}

/** A simulated head's key: anyone can make it from the seed, so it proves nothing outside a demo. */
export function simulatedHeadKey(seed: number): HeadKey {
  const random = createRandom(seed, seedOf('orb head key'))
  const privateKey = privateKeyFrom(Uint8Array.from({ length: 48 }, () => random.int(256)))
  return {
    publicKey: publicKeyOf(privateKey),
    sign: (message) => signMessage(privateKey, message),
  }
}

/** Faults of a head, each off where it is not given. */
export type OrbFaults = {
  /** Chunks that are never sent. */
  readonly dropChunk?: (sequence: number, index: number) => boolean
  /** Chunks that are sent with one bit wrong. */
  readonly damageChunk?: (sequence: number, index: number) => boolean
  /** Falls silent, heartbeat included, when it hears this request or sends this frame. */
  readonly silentAt?: 'hello' | 'start' | 'stop' | number
  /** Does not answer the first so many requests of each kind. */
  readonly deafFor?: number
  readonly wrongIdentity?: boolean
  readonly wrongSignature?: boolean
  /** Answers each start with this complaint. */
  readonly complaint?: Bodies['error']
  /** Speaks this version of the link and no other. */
  readonly linkVersion?: number
}

/** A simulated head: what it sees, its key, its pace and its faults. */
export type OrbSimulatorOptions = {
  readonly source: FrameSource
  readonly key: HeadKey
  readonly model?: string
  readonly serial?: string
  /** Orb link §3.1: its lights as bits of `LIGHTS`; by default all. */
  readonly lights?: number
  /** Frames a second of the head's own clock, 25 by default. */
  readonly framesPerSecond?: number
  /**
   * How many times faster than the head's clock the frames go out: 1 is a real head. The default,
   * Infinity, sends as fast as the host takes, and the head's clock still tells the even pace.
   */
  readonly speed?: number
  readonly distanceMm?: number
  readonly storedFault?: number
  readonly timers?: Timers
  readonly faults?: OrbFaults
}

/** A simulated head that runs. */
export type OrbSimulator = {
  stop(): void
  /** Starts the head anew: its clock from 0, under another boot, with nothing under way. */
  restart(): void
}

/** Answers the orb link on the device end of a port until stopped or unplugged. */
export function startOrbSimulator(port: BytePort, options: OrbSimulatorOptions): OrbSimulator {
  const timers = options.timers ?? processTimers
  const channel = openChannel(port, scanMessages, { idleMs: LINE_IDLE_MS, timers })
  const head = createHead(channel, options, timers)
  const stopFrames = channel.onFrame(head.take)
  const stop = (): void => {
    head.fallSilent()
    stopFrames()
    channel.detach()
  }
  channel.onClose(stop)
  return { stop, restart: head.restart }
}

type Capture = {
  readonly tag: number
  readonly start: Bodies['start']
  readonly digests: FrameDigest[]
  isOver: boolean
}

const HEARTBEAT_MS = 500
const FRAMES_PER_SECOND = 25
/** What the head needs from one capture to the next, µs. */
const BETWEEN_CAPTURES_US = 20_000

function createHead(
  channel: FrameChannel<OrbMessage>,
  options: OrbSimulatorOptions,
  timers: Timers,
): {
  readonly take: (message: OrbMessage) => void
  readonly fallSilent: () => void
  readonly restart: () => void
} {
  const { key, faults = {}, framesPerSecond = FRAMES_PER_SECOND, speed = Infinity } = options
  const frameUs = 1_000_000 / framesPerSecond
  const lights = options.lights ?? ALL_LIGHTS
  let isSilent = false
  let capture: Capture | undefined
  let starts = 0
  let boot = bootId(key, starts)
  let clockUs = 0
  const heard = new Map<string, number>()
  const cancels = new Set<() => void>()

  const later = (ms: number, action: () => void): void => {
    const cancel = timers.after(ms, () => {
      cancels.delete(cancel)
      action()
    })
    cancels.add(cancel)
  }
  const fallSilent = (): void => {
    isSilent = true
    for (const cancel of cancels) cancel()
    cancels.clear()
  }
  const write = async (bytes: Uint8Array): Promise<void> => {
    // A head does not know why its line is gone; it stops.
    if (!isSilent) await channel.send(bytes).catch(fallSilent)
  }
  const answer = <Name extends MessageName>(name: Name, tag: number, body: Bodies[Name]): void => {
    void write(encodeMessage({ name, tag, body }))
  }
  const beat = (): void => {
    // While frames are taken, they move the clock.
    if (capture === undefined || capture.isOver) clockUs += 1000 * HEARTBEAT_MS
    answer('heartbeat', 0, { uptimeMs: Math.floor(clockUs / 1000) })
    later(HEARTBEAT_MS, beat)
  }
  later(HEARTBEAT_MS, beat)

  const sendFrame = async (under: Capture): Promise<void> => {
    const sequence = under.digests.length
    if (faults.silentAt === sequence) fallSilent()
    const frame = seeFrame(options.source, under.start, sequence, Math.round(clockUs))
    clockUs += frameUs
    under.digests.push({ sequence, sha256: digestFrame(frame) })
    await sendChunks(under, frame)
    if (under.isOver || isSilent) return
    if (under.digests.length < under.start.maxFrames) {
      later(frameUs / 1000 / speed, () => run(under))
    } else {
      answer('signature', under.tag, sign(under))
    }
  }
  const sendChunks = async (under: Capture, frame: OrbFrame): Promise<void> => {
    for (const [index, bytes] of chunksOf(frame, under.tag).entries()) {
      if (under.isOver || isSilent) return
      if (faults.dropChunk?.(frame.sequence, index)) continue
      if (faults.damageChunk?.(frame.sequence, index)) damage(bytes)
      await write(bytes)
    }
  }
  const run = (under: Capture): void => {
    if (!under.isOver && !isSilent) void sendFrame(under)
  }
  const sign = ({ start, digests }: Capture): Bodies['signature'] => {
    const body = { eye: start.eye, boot, nonce: start.nonce, digests }
    const signature = key.sign(captureToSign(body))
    if (faults.wrongSignature) damage(signature)
    return { ...body, signature }
  }
  const identity = (challenge: Uint8Array): Bodies['identity'] => {
    const body = {
      storedFault: options.storedFault ?? 0,
      boot,
      lights,
      model: options.model ?? 'orb-simulator',
      serial: options.serial ?? 'SIM-0001',
      publicKey: key.publicKey,
    }
    const signature = key.sign(identityToSign(challenge, body))
    if (faults.wrongIdentity) damage(signature)
    return { ...body, signature }
  }
  const begin = (tag: number, start: Bodies['start']): void => {
    if (faults.complaint !== undefined) {
      answer('error', tag, faults.complaint)
      return
    }
    const absent = start.illumination.find((id) => (id & ~lights) !== 0)
    if (absent !== undefined) {
      answer('error', tag, { code: LINK_FAULTS.noSuchLight, text: `no light for ${absent}` })
      return
    }
    answer('started', tag, {})
    // A repeated start is the same capture: its answer was lost.
    if (capture?.tag === tag && equalBytes(capture.start.nonce, start.nonce)) return
    if (capture !== undefined) capture.isOver = true
    const begun = { tag, start, digests: [], isOver: false }
    capture = begun
    clockUs += BETWEEN_CAPTURES_US
    later(0, () => run(begun))
  }
  const end = (tag: number): void => {
    if (capture !== undefined) capture.isOver = true
    if (tag === 0) return
    if (capture === undefined)
      answer('error', tag, { code: LINK_FAULTS.noCapture, text: 'no capture to sign' })
    else answer('signature', tag, sign(capture))
  }
  const reply = (message: OrbMessage): void => {
    const { name, tag } = message
    if (name === 'hello') answer('identity', tag, identity(message.body.challenge))
    else if (name === 'start') begin(tag, message.body)
    else if (name === 'stop') end(tag)
    else if (name === 'measure') answer('distance', tag, { mm: options.distanceMm ?? 0xff_ff })
    else if (name === 'test') answer('tested', tag, { working: 0b1111, celsius: 31 })
  }
  const take = (message: OrbMessage): void => {
    if (message.name === faults.silentAt) fallSilent()
    const times = (heard.get(message.name) ?? 0) + 1
    heard.set(message.name, times)
    if (isSilent || times <= (faults.deafFor ?? 0)) return
    const isForeign = message.name === 'hello' && message.body.version !== undefined
    if (isForeign || faults.linkVersion !== undefined) refuseVersion(message.tag)
    else reply(message)
  }
  const refuseVersion = (tag: number): void => {
    const { type } = BODY_CODECS.error
    const body = Uint8Array.of(LINK_FAULTS.version)
    const version = faults.linkVersion ?? ORB_LINK_VERSION
    void write(encodeFrame({ version, type, tag, body }))
  }
  const restart = (): void => {
    if (capture !== undefined) capture.isOver = true
    capture = undefined
    starts += 1
    boot = bootId(key, starts)
    clockUs = 0
  }
  return { take, fallSilent, restart }
}

/** 8 bytes that no other start of this head has. */
function bootId({ publicKey }: HeadKey, starts: number): Uint8Array {
  const random = createRandom(seedOf(toHex(publicKey)), starts, seedOf('boot'))
  return Uint8Array.from({ length: 8 }, () => random.int(256))
}
