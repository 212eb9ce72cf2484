import { concat, fromText } from '../../protocol/bytes.ts'
import type { Scan } from '../exchange.ts'
import { type Bodies, LINK_FAULTS, type MessageName } from './bodies.ts'
import { BODY_CODECS, encodeCaptureFields, encodeIdentityFields } from './body-codecs.ts'
import { encodeFrame, type LinkFrame, ORB_LINK_VERSION, scan } from './link.ts'

/** A message of one name, or of any. */
export type OrbMessage<Name extends MessageName = MessageName> = {
  readonly [N in Name]: { readonly name: N; readonly tag: number; readonly body: Bodies[N] }
}[Name]

/** Bytes of a message as they go on the wire, delimiters included. */
export function encodeMessage<Name extends MessageName>(message: {
  readonly name: Name
  readonly tag: number
  readonly body: Bodies[Name]
}): Uint8Array {
  const { type, encode } = BODY_CODECS[message.name]
  const body = encode(message.body)
  return encodeFrame({ version: ORB_LINK_VERSION, type, tag: message.tag, body })
}

/** The message in a frame, or nothing where type, version, lengths or ranges are not the link's. */
export function decodeMessage(frame: LinkFrame): OrbMessage | undefined {
  if (frame.version !== ORB_LINK_VERSION) return foreignMessage(frame)
  const name = NAMES.get(frame.type)
  const body = name === undefined ? undefined : BODY_CODECS[name].decode(frame.body)
  if (name === undefined || body === undefined) return undefined
  return { name, tag: frame.tag, body } as OrbMessage
}

/**
 * Orb link §2.1: the types of `hello` and of `error` are the same in every version, so that two
 * sides that do not understand each other can at least say so.
 */
function foreignMessage({ version, type, tag }: LinkFrame): OrbMessage | undefined {
  if (type === BODY_CODECS.hello.type) {
    return { name: 'hello', tag, body: { challenge: new Uint8Array(0), version } }
  }
  if (type !== BODY_CODECS.error.type) return undefined
  const text = `speaks version ${version} of the link`
  return { name: 'error', tag, body: { code: LINK_FAULTS.version, text, version } }
}

/** `scan` of the link, with frames that hold no message of ours counted as thrown away. */
export function scanMessages(bytes: Uint8Array, lineIdle: boolean): Scan<OrbMessage> {
  const split = scan(bytes, lineIdle)
  const frames: OrbMessage[] = []
  let discarded = split.discarded
  for (const frame of split.frames) {
    const message = decodeMessage(frame)
    if (message === undefined) discarded += frame.body.length
    else frames.push(message)
  }
  return { frames, discarded, rest: split.rest }
}

/** Orb link §4.1: what the head signs to show that its key is in it and that it is awake now. */
export function identityToSign(
  challenge: Uint8Array,
  body: Omit<Bodies['identity'], 'signature'>,
): Uint8Array {
  return concat(fromText('personhood orb identity 1\0'), challenge, encodeIdentityFields(body))
}

/** Orb link §4.2: what the head signs over a capture. */
export function captureToSign(body: Omit<Bodies['signature'], 'signature'>): Uint8Array {
  return concat(fromText('personhood orb capture 1\0'), encodeCaptureFields(body))
}

const NAMES: ReadonlyMap<number, MessageName> = new Map(
  (Object.keys(BODY_CODECS) as MessageName[]).map((name) => [BODY_CODECS[name].type, name]),
)
