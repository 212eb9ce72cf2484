import type { EyePosition, GreyImage } from '../../protocol/image.ts'
import { privateKeyFrom, publicKeyOf, signMessage } from '../../protocol/secp256k1.ts'
import type { Timers } from '../../protocol/timers.ts'
import { type FrameChannel, openChannel } from '../exchange.ts'
import type { BytePort } from '../port.ts'
import { createRandom, seedOf } from '../sim/random.ts'
import { processTimers } from '../timers.ts'
import { type Bodies, type FrameDigest, MAX_CHUNK_PIXELS, type MessageName } from './bodies.ts'
import { digestFrame, type OrbFrame } from './burst.ts'
import { LINE_IDLE_MS } from './link.ts'
import {
  captureToSign,
  encodeMessage,
  identityToSign,
  type OrbMessage,
  scanMessages,
} from './messages.ts'

/** What the simulated camera sees; nothing where nobody is in front. */
export type FrameSource = (request: {
  readonly eye: EyePosition
  /** Counts frames of a capture from 0. */
  readonly sequence: number
  readonly illumination: number
}) => GreyImage | undefined

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
}

/** A simulated head: what it sees, its key, its pace and its faults. */
export type OrbSimulatorOptions = {
  readonly source: FrameSource
  readonly key: HeadKey
  readonly model?: string
  readonly serial?: string
  /** 0, the default, sends as fast as the host takes. */
  readonly framesPerSecond?: number
  readonly distanceMm?: number
  readonly storedFault?: number
  readonly timers?: Timers
  readonly faults?: OrbFaults
}

/** Answers the orb link on the device end of a port until stopped or unplugged. */
export function startOrbSimulator(
  port: BytePort,
  options: OrbSimulatorOptions,
): { readonly stop: () => void } {
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
  return { stop }
}

type Capture = {
  readonly tag: number
  readonly start: Bodies['start']
  readonly digests: FrameDigest[]
  isOver: boolean
}

const HEARTBEAT_MS = 500
const DEFAULT_FRAME_MS = 33

function createHead(
  channel: FrameChannel<OrbMessage>,
  options: OrbSimulatorOptions,
  timers: Timers,
): { readonly take: (message: OrbMessage) => void; readonly fallSilent: () => void } {
  const { key, faults = {}, framesPerSecond = 0 } = options
  const frameMs = framesPerSecond > 0 ? 1000 / framesPerSecond : DEFAULT_FRAME_MS
  let isSilent = false
  let capture: Capture | undefined
  let uptimeMs = 0
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
    uptimeMs += HEARTBEAT_MS
    answer('heartbeat', 0, { uptimeMs })
    later(HEARTBEAT_MS, beat)
  }
  later(HEARTBEAT_MS, beat)

  const sendFrame = async (under: Capture): Promise<void> => {
    const sequence = under.digests.length
    if (faults.silentAt === sequence) fallSilent()
    const frame = seeFrame(options.source, under.start, sequence, Math.round(sequence * frameMs))
    under.digests.push({ sequence, sha256: digestFrame(frame) })
    await sendChunks(under, frame)
    if (under.isOver || isSilent) return
    if (under.digests.length < under.start.maxFrames) {
      later(framesPerSecond > 0 ? frameMs : 0, () => run(under))
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
    const body = { eye: start.eye, nonce: start.nonce, digests }
    const signature = key.sign(captureToSign(body))
    if (faults.wrongSignature) damage(signature)
    return { ...body, signature }
  }
  const identity = (challenge: Uint8Array): Bodies['identity'] => {
    const body = {
      storedFault: options.storedFault ?? 0,
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
    answer('started', tag, {})
    // A repeated start is the same capture: its answer was lost.
    if (capture?.tag === tag) return
    if (capture !== undefined) capture.isOver = true
    const begun = { tag, start, digests: [], isOver: false }
    capture = begun
    later(0, () => run(begun))
  }
  const end = (tag: number): void => {
    if (capture !== undefined) capture.isOver = true
    if (tag === 0) return
    if (capture === undefined) answer('error', tag, { code: 2, text: 'no capture to sign' })
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
    reply(message)
  }
  return { take, fallSilent }
}

function seeFrame(
  source: FrameSource,
  { eye, illumination }: Bodies['start'],
  sequence: number,
  headMs: number,
): OrbFrame {
  const lit = illumination[sequence % illumination.length] ?? 0
  const image = source({ eye, sequence, illumination: lit }) ?? darkFrame(sequence)
  return { sequence, headMs, eye, illumination: lit, image }
}

/** What a near-infrared camera sees of an empty room: read-out noise. */
function darkFrame(sequence: number): GreyImage {
  const [width, height] = [320, 240]
  const random = createRandom(sequence)
  return { width, height, pixels: Uint8Array.from({ length: width * height }, () => random.int(9)) }
}

function chunksOf(frame: OrbFrame, tag: number): Uint8Array[] {
  const { width, height, pixels } = frame.image
  const chunks: Uint8Array[] = []
  for (let offset = 0; offset < pixels.length; offset += MAX_CHUNK_PIXELS) {
    const part = pixels.subarray(offset, offset + MAX_CHUNK_PIXELS)
    const body = { ...frame, width, height, offset, pixels: part }
    chunks.push(encodeMessage({ name: 'chunk', tag, body }))
  }
  return chunks
}

/** Changes one bit in the middle, and never makes a delimiter of it. */
function damage(bytes: Uint8Array): void {
  const at = bytes.length >> 1
  bytes[at] = (bytes[at] ?? 0) === 1 ? 3 : (bytes[at] ?? 0) ^ 1
}
