import { equalBytes } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { EyePosition } from '../../protocol/image.ts'
import { type SignatureVerifier, verifyMessage } from '../../protocol/secp256k1.ts'
import type { Timers } from '../../protocol/timers.ts'
import type { CameraCapabilities } from '../camera/eye-camera.ts'
import { type FrameChannel, openChannel } from '../exchange.ts'
import type { BytePort } from '../port.ts'
import { processTimers } from '../timers.ts'
import { ALL_LIGHTS, type Bodies, LIGHTS, MAX_CAPTURE_FRAMES, type MessageName } from './bodies.ts'
import { type CaptureBurst, type OrbFrame, verifyBurst } from './burst.ts'
import { LINE_IDLE_MS } from './link.ts'
import { encodeMessage, identityToSign, type OrbMessage, scanMessages } from './messages.ts'
import { type HeadClock, headFault, headRestarted, streamFrames } from './stream.ts'

/** Who the head says it is, proved by a signature over our challenge. */
export type OrbIdentity = {
  readonly model: string
  readonly serial: string
  /** Compressed secp256k1 key, 33 bytes. */
  readonly publicKey: Uint8Array
  /** Orb link §3.8: a fault that outlived the head's last restart; 0 for none. */
  readonly storedFault: number
  /** 8 bytes, others after each start of the head. */
  readonly boot: Uint8Array
  /** Orb link §3.1: which lights the head has, as bits of `LIGHTS`. */
  readonly lights: number
}

/** One capture: which eye, for which challenge, and when it has enough. */
export type CaptureRequest = {
  readonly eye: EyePosition
  /** 16 fresh random bytes. */
  readonly nonce: Uint8Array
  /** The capture ends by itself after this time, with the frames that it has. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  /** 1..240, default 40. */
  readonly maxFrames?: number
  /** Microseconds; 0, the default, lets the head choose. */
  readonly exposureUs?: number
  /** Illumination ids in turn, 1..8 of them, of lights that the head has; default both near-infrared ones. */
  readonly illumination?: readonly number[]
  /** Sees each whole frame as it comes: `drop` keeps it out of the burst, `enough` ends the capture. */
  readonly onFrame?: (frame: OrbFrame) => 'keep' | 'drop' | 'enough'
}

/** An orb camera head that has shown its key. One capture at a time. */
export type Orb = {
  readonly identity: OrbIdentity
  readonly capabilities: CameraCapabilities
  /** Streams frames until enough, `maxFrames` or `timeoutMs`, then takes the head's signature. */
  capture(request: CaptureRequest): Promise<CaptureBurst>
  /** Millimetres to the face, or nothing when nobody is in front. */
  distance(signal?: AbortSignal): Promise<number | undefined>
  selfTest(signal?: AbortSignal): Promise<SelfTest>
  /** Asks the idle head anything cheap. */
  probe(signal: AbortSignal): Promise<unknown>
  onClose: BytePort['onClose']
  /** Closes the port. */
  close(): Promise<void>
}

/** What works, and the head's temperature. */
export type SelfTest = {
  readonly camera: boolean
  readonly leftIlluminator: boolean
  readonly rightIlluminator: boolean
  readonly distanceSensor: boolean
  readonly celsius: number
}

/** What a driver of the head needs from its surroundings. */
export type OrbOptions = {
  /** Default `verifyMessage`. */
  readonly verify?: SignatureVerifier
  /** That many random bytes from the operating system. */
  readonly random: (lengthBytes: number) => Uint8Array
  readonly signal?: AbortSignal
  readonly timers?: Timers
}

const ANSWER_TIMEOUT_MS = 1000
const ATTEMPTS = 3
const BOTH_ILLUMINATORS = LIGHTS.left | LIGHTS.right

/** Frames of a capture unless told. */
export const DEFAULT_FRAMES = 40

/**
 * Greets the head on the port, and checks that it holds the key it names and has the lights that are
 * needed. Rejects with `device.timeout`, `device.unplugged`, `device.orb-fault`,
 * `device.orb-version`, `device.orb-lights` or `device.orb-signature`.
 */
export async function openOrb(port: BytePort, options: OrbOptions): Promise<Orb> {
  const timers = options.timers ?? processTimers
  const channel = openChannel(port, scanMessages, { idleMs: LINE_IDLE_MS, timers })
  const verify = options.verify ?? verifyMessage
  const ask = createAsker(channel, options.random(2))
  const identity = await greet(port.name, ask, options.random(32), verify, options.signal).catch(
    (error) => {
      channel.detach()
      throw error
    },
  )
  const clock = { latestMs: 0 }
  let isCapturing = false
  const distance = async (signal?: AbortSignal): Promise<number | undefined> => {
    const { mm } = await ask('measure', {}, 'distance', signal)
    return mm === 0xff_ff ? undefined : mm
  }
  return {
    identity,
    capabilities: { lights: identity.lights, signsFrames: true },
    capture: async (request) => {
      if (isCapturing) {
        throw new PersonhoodError('call.orb-busy', `${port.name}: a capture is under way`)
      }
      isCapturing = true
      try {
        return await capture({ channel, ask, timers, clock, identity, verify }, request)
      } finally {
        isCapturing = false
      }
    },
    distance,
    probe: distance,
    selfTest: async (signal) => {
      const { working, celsius } = await ask('test', {}, 'tested', signal)
      const works = (bit: number): boolean => (working & (1 << bit)) !== 0
      return {
        camera: works(0),
        leftIlluminator: works(1),
        rightIlluminator: works(2),
        distanceSensor: works(3),
        celsius,
      }
    },
    onClose: port.onClose,
    close: () => {
      channel.detach()
      return port.close()
    },
  }
}

async function greet(
  name: string,
  ask: Ask,
  challenge: Uint8Array,
  verify: SignatureVerifier,
  signal: AbortSignal | undefined,
): Promise<OrbIdentity> {
  const body = await ask('hello', { challenge }, 'identity', signal)
  const { model, serial, publicKey, storedFault, boot, lights } = body
  if (!verify(publicKey, identityToSign(challenge, body), body.signature)) {
    throw new PersonhoodError(
      'device.orb-signature',
      `${name}: head ${serial} did not prove its key; it may not be the head it names`,
    )
  }
  checkLights(`${name}: head ${serial}`, lights)
  return { model, serial, publicKey, storedFault, boot, lights }
}

/** Both near-infrared lights are needed; a visible one is not. */
function checkLights(head: string, lights: number): void {
  const unknown = lights & ~ALL_LIGHTS
  if (unknown !== 0) {
    throw new PersonhoodError(
      'device.orb-lights',
      `${head} has lights 0b${lights.toString(2)}, and this kiosk knows 0b${ALL_LIGHTS.toString(2)}: update the kiosk`,
    )
  }
  if ((lights & BOTH_ILLUMINATORS) === BOTH_ILLUMINATORS) return
  throw new PersonhoodError(
    'device.orb-lights',
    `${head} has lights 0b${lights.toString(2)}, and two near-infrared ones are needed`,
  )
}

type Ask = <Request extends MessageName, Answer extends MessageName>(
  request: Request,
  body: Bodies[Request],
  answer: Answer,
  signal: AbortSignal | undefined,
  tag?: number,
) => Promise<Bodies[Answer]>

type Session = {
  readonly channel: FrameChannel<OrbMessage>
  readonly ask: Ask & { readonly nextTag: () => number }
  readonly timers: Timers
  readonly clock: HeadClock
  readonly identity: OrbIdentity
  readonly verify: SignatureVerifier
}

async function capture(session: Session, request: CaptureRequest): Promise<CaptureBurst> {
  const { channel, ask, clock, identity } = session
  const { eye, signal } = request
  const nonce = request.nonce.slice()
  const maxFrames = request.maxFrames ?? DEFAULT_FRAMES
  const illumination = request.illumination ?? [BOTH_ILLUMINATORS]
  checkCapture({ nonce, maxFrames, illumination }, identity.lights)
  const tag = ask.nextTag()
  // The listener stands before the start is written: the first frames may come with its answer.
  const stream = streamFrames(channel, session.timers, { ...request, tag, clock, maxFrames })
  try {
    const start = {
      eye,
      nonce,
      exposureUs: request.exposureUs ?? 0,
      maxFrames,
      illumination: Uint8Array.from(illumination),
    }
    await Promise.race([ask('start', start, 'started', signal, tag), stream.frames])
    const frames = await stream.frames
    const signed = await ask('stop', {}, 'signature', signal)
    const burst = {
      eye,
      boot: signed.boot,
      nonce,
      frames,
      digests: signed.digests,
      headKey: identity.publicKey,
      signature: signed.signature,
    }
    if (!equalBytes(signed.boot, identity.boot)) throw headRestarted(channel.name)
    const isOurs = signed.eye === eye && equalBytes(signed.nonce, nonce)
    if (isOurs && verifyBurst(burst, session.verify)) return burst
    throw new PersonhoodError(
      'device.orb-signature',
      `${channel.name}: the signature of head ${identity.serial} does not cover these frames`,
    )
  } catch (error) {
    // Best effort: a head that still streams into the next capture would only cost bandwidth.
    channel.send(encodeMessage({ name: 'stop', tag: 0, body: {} })).catch(() => {})
    throw error
  } finally {
    stream.end()
  }
}

/**
 * What a capture may ask of a camera with these lights; throws `call.orb-light`, `call.orb-nonce` or
 * `call.orb-frames`.
 */
export function checkCapture(
  {
    nonce,
    maxFrames,
    illumination,
  }: Required<Pick<CaptureRequest, 'nonce' | 'maxFrames' | 'illumination'>>,
  lights: number,
): void {
  const absent = illumination.find((id) => (id & ~lights) !== 0)
  if (absent !== undefined) {
    throw new PersonhoodError(
      'call.orb-light',
      `illumination ${absent} asks for a light that the camera has not: it has 0b${lights.toString(2)}`,
    )
  }
  if (nonce.length !== 16) {
    throw new PersonhoodError('call.orb-nonce', `a nonce has 16 bytes, not ${nonce.length}`)
  }
  if (!Number.isInteger(maxFrames) || maxFrames < 1 || maxFrames > MAX_CAPTURE_FRAMES) {
    throw new PersonhoodError(
      'call.orb-frames',
      `1..${MAX_CAPTURE_FRAMES} frames, not ${maxFrames}`,
    )
  }
}

/**
 * Asks with a fresh tag; each request of the link may be repeated (orb link §5). `first` are two
 * random bytes that the tags begin behind: a head that is opened anew may still be at work on an
 * older tag, and would take an equal one for a repetition.
 */
function createAsker(
  channel: FrameChannel<OrbMessage>,
  [high = 0, low = 0]: Uint8Array,
): Ask & { readonly nextTag: () => number } {
  let last = high * 256 + low
  const nextTag = (): number => {
    last = (last % 0xff_ff) + 1
    return last
  }
  const ask: Ask = async (request, body, answer, signal, tag = nextTag()) => {
    const message = await channel.exchange({
      request: encodeMessage({ name: request, tag, body }),
      accept: (frame): frame is OrbMessage =>
        frame.tag === tag && (frame.name === answer || frame.name === 'error'),
      timeoutMs: ANSWER_TIMEOUT_MS,
      attempts: ATTEMPTS,
      signal,
      what: `answer to ${request}`,
    })
    if (message.name === 'error') throw headFault(channel.name, message.body)
    return message.body as Bodies[typeof answer]
  }
  return Object.assign(ask, { nextTag })
}
