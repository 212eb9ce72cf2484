import { concat, equalBytes } from '../../protocol/bytes.ts'
import { SHORT_MAC_BYTES, ZERO_IV } from '../../protocol/card/aes-cmac.ts'
import { type Command, type Response, Sw } from '../../protocol/card/apdu.ts'
import { keyCheck } from '../../protocol/card/card-keys.ts'
import { type Ev2Session, rotated, sessionKeys } from '../../protocol/card/ev2.ts'
import {
  afterCommand,
  type CommMode,
  commandMac,
  decryptCommand,
  MAX_COUNTER,
  protectResponse,
} from '../../protocol/card/ev2-messages.ts'
import {
  type Access,
  decodeFileSettings,
  encodeFileDescription,
} from '../../protocol/card/file-settings.ts'
import { type ChipFile, FileNumber, type Ntag424Memory } from './ntag424-memory.ts'
import { mirrored, mirrorFault } from './ntag424-mirroring.ts'
import { type Draw, simulatedAes } from './simulated-aes.ts'

/** What a command comes to: status and data, or `torn` when the card was torn away in it. */
type Outcome = { readonly sw: number; readonly data?: Uint8Array } | 'torn'

/** A command whose secure messaging is off. */
type Opened = { readonly header: Uint8Array; readonly body: Uint8Array }

/** How a command is protected in this state, and what it then does. */
type Plan = {
  readonly headerBytes: number
  readonly mode: CommMode
  readonly act: (opened: Opened) => Outcome
}

type Pending = { readonly slot: number; readonly rndB: Uint8Array; readonly isFirst: boolean }

const VERSION_HARDWARE = Uint8Array.of(0x04, 0x04, 0x02, 0x30, 0x00, 0x11, 0x05)
const VERSION_SOFTWARE = Uint8Array.of(0x04, 0x04, 0x02, 0x01, 0x02, 0x11, 0x05)
const BATCH_AND_DATE = Uint8Array.of(0xcf, 0x39, 0xd4, 0x49, 0x80, 0x34, 0x20)
const MAX_ANSWER_BYTES = 256
const NO_BYTES = new Uint8Array(0)
// Data sheet §8.2.4 and AN12196 §5.20: after this many wrong tries in a row each authentication is
// put off, longer each time; after so many in all the key is locked. A right one takes 10 off.
const FREE_FAILURES = 50
const MAX_FAILURES = 1000
const FORGIVEN = 10
/** Here tries are put off by number; the chip does it by time. */
const MAX_DELAY = 10

/** The native commands (CLA 90) of a virtual NTAG 424 DNA, its authentication and its sessions. */
export class Ntag424Native {
  readonly #memory: Ntag424Memory
  readonly #draw: Draw
  #session: Ev2Session | undefined
  #pending: Pending | undefined
  #versionPart = 0
  /** Tries still to be put off, by slot. */
  readonly #delays = new Map<number, number>()

  constructor(memory: Ntag424Memory, draw: Draw) {
    this.#draw = draw
    this.#memory = memory
  }

  /** True in a session: then the chip takes no ISO file command (Table 89, AuthenticatedEV2 not allowed). */
  get isAuthenticated(): boolean {
    return this.#session !== undefined
  }

  /** What was proven is forgotten. */
  reset(): void {
    this.#session = undefined
    this.abandon()
  }

  /** Another command came between the parts of one. */
  abandon(): void {
    this.#pending = undefined
    this.#versionPart = 0
  }

  /** The answer to a native command; undefined when the card was torn away in it. */
  answer(command: Command, isApplicationSelected: boolean): Response | undefined {
    const part = this.#versionPart
    const pending = this.#pending
    this.abandon()
    const outcome = this.#outcome(command, { part, pending, isApplicationSelected })
    if (outcome === 'torn') return undefined
    const { sw, data = NO_BYTES } = outcome
    // Any refusal ends the session: the reader authenticates anew.
    if (sw !== Sw.nativeOk && sw !== Sw.nativeMore) this.#session = undefined
    return { sw, data }
  }

  #outcome(
    { ins, p1, p2, data = NO_BYTES }: Command,
    state: {
      readonly part: number
      readonly pending: Pending | undefined
      readonly isApplicationSelected: boolean
    },
  ): Outcome {
    if (p1 !== 0 || p2 !== 0) return { sw: Sw.nativeParameter }
    if (ins === 0xaf && state.pending !== undefined) return this.#prove(state.pending, data)
    if (ins === 0xaf && state.part > 0) return this.#version(state.part, data)
    if (state.pending !== undefined) return { sw: Sw.nativeAborted }
    if (ins === 0xaf) return { sw: Sw.nativeUnknown }
    if (ins === 0x60) return this.#version(0, data)
    if (!state.isApplicationSelected) return { sw: Sw.nativePermission }
    if (ins === 0x71) return this.#challenge(data, true)
    if (ins === 0x77) return this.#challenge(data, false)
    const plan = this.#plan(ins, data)
    return plan === undefined ? { sw: Sw.nativeUnknown } : this.#run(ins, data, plan)
  }

  #version(part: number, data: Uint8Array): Outcome {
    // §10.5.2: without secure messaging only while nobody is authenticated.
    if (data.length > 0 || this.isAuthenticated) return { sw: Sw.nativeLength }
    if (part === 2) {
      const { uid, hasRandomUid } = this.#memory
      const shown = hasRandomUid ? new Uint8Array(uid.length) : uid
      return { sw: Sw.nativeOk, data: concat(shown, BATCH_AND_DATE) }
    }
    this.#versionPart = part + 1
    return { sw: Sw.nativeMore, data: part === 0 ? VERSION_HARDWARE : VERSION_SOFTWARE }
  }

  #challenge(data: Uint8Array, isFirst: boolean): Outcome {
    const [slot = 0, capabilityBytes = 0] = data
    const isWhole = isFirst
      ? data.length >= 2 && capabilityBytes <= 6 && data.length === 2 + capabilityBytes
      : data.length === 1
    if (!isWhole) return { sw: Sw.nativeLength }
    const key = this.#memory.keys[slot]
    if (key === undefined) return { sw: Sw.nativeNoKey }
    if (key.failures >= MAX_FAILURES) return { sw: Sw.nativePermission }
    if (!isFirst && this.#session === undefined) return { sw: Sw.nativePermission }
    const delay = this.#delays.get(slot) ?? 0
    this.#delays.set(slot, Math.max(0, delay - 1))
    if (delay > 0) return { sw: Sw.nativeDelay }
    if (isFirst) this.#session = undefined
    const rndB = this.#draw(16)
    this.#pending = { slot, rndB, isFirst }
    return { sw: Sw.nativeMore, data: simulatedAes.encryptCbc(key.key, ZERO_IV, rndB) }
  }

  #prove({ slot, rndB, isFirst }: Pending, data: Uint8Array): Outcome {
    const chipKey = this.#memory.keys[slot]
    if (data.length !== 32 || chipKey === undefined) return { sw: Sw.nativeLength }
    const { key } = chipKey
    const plain = simulatedAes.decryptCbc(key, ZERO_IV, data)
    const rndA = plain.slice(0, 16)
    if (!equalBytes(plain.subarray(16), rotated(rndB))) {
      chipKey.failuresInRow = Math.min(255, chipKey.failuresInRow + 1)
      chipKey.failures += 1
      const delay = Math.max(0, chipKey.failuresInRow + 1 - FREE_FAILURES)
      this.#delays.set(slot, Math.min(MAX_DELAY, delay))
      this.#memory.tell()
      return { sw: Sw.nativeAuthentication }
    }
    if (chipKey.failures > 0) {
      chipKey.failuresInRow = 0
      chipKey.failures = Math.max(0, chipKey.failures - FORGIVEN)
      this.#memory.tell()
    }
    const keys = sessionKeys(simulatedAes, key, rndA, rndB)
    const before = this.#session
    const encrypt = (bytes: Uint8Array): Uint8Array => simulatedAes.encryptCbc(key, ZERO_IV, bytes)
    if (isFirst || before === undefined) {
      const transaction = this.#draw(4)
      this.#session = { slot, transaction, counter: 0, ...keys }
      const capabilities = new Uint8Array(12)
      const answer = encrypt(concat(transaction, rotated(rndA), capabilities))
      return { sw: Sw.nativeOk, data: answer }
    }
    this.#session = { ...before, slot, ...keys }
    return { sw: Sw.nativeOk, data: encrypt(rotated(rndA)) }
  }

  /** Takes secure messaging off, runs the command, puts it on the answer. */
  #run(code: number, field: Uint8Array, { headerBytes, mode, act }: Plan): Outcome {
    const session = this.#session
    if (field.length < headerBytes) return { sw: Sw.nativeLength }
    const header = field.slice(0, headerBytes)
    if (session === undefined || mode === 'plain') {
      const outcome = act({ header, body: field.slice(headerBytes) })
      if (session !== undefined) this.#session = afterCommand(session)
      return outcome
    }
    const opened = open(session, code, field, headerBytes, mode)
    if ('sw' in opened) return opened
    const outcome = act(opened)
    if (outcome === 'torn' || outcome.sw !== Sw.nativeOk) return outcome
    // A changed key of one's own ends the session, and its answer comes without a MAC (§10.6.1).
    if (this.#session === undefined) return outcome
    const data = protectResponse(simulatedAes, session, mode, outcome.data ?? NO_BYTES)
    if (data.length > MAX_ANSWER_BYTES) return { sw: Sw.nativeLength }
    this.#session = afterCommand(session)
    return { sw: outcome.sw, data }
  }

  #plan(code: number, field: Uint8Array): Plan | undefined {
    const inSession: CommMode = this.isAuthenticated ? 'mac' : 'plain'
    switch (code) {
      case 0x51:
        return { headerBytes: 0, mode: 'full', act: () => this.#cardUid() }
      case 0x64:
        return { headerBytes: 1, mode: inSession, act: (opened) => this.#keyVersion(opened) }
      case 0xf5:
        return { headerBytes: 1, mode: inSession, act: (opened) => this.#describe(opened) }
      case 0x5c:
        return { headerBytes: 1, mode: 'full', act: (opened) => this.#configure(opened) }
      case 0xc4:
        return { headerBytes: 1, mode: 'full', act: (opened) => this.#changeKey(opened) }
      case 0x5f:
        return this.#filePlan(field, 1, 'change', (own, opened) =>
          this.#changeSettings(own, opened),
        )
      case 0xad:
        return this.#filePlan(field, 7, 'read', (own, opened) => this.#read(own, opened))
      case 0x8d:
        return this.#filePlan(field, 7, 'write', (own, opened) => this.#write(own, opened))
      default:
        return undefined
    }
  }

  /** Who asks decides how: the holder of a key in the file's mode, anybody in plain. */
  #filePlan(
    field: Uint8Array,
    headerBytes: number,
    wish: 'read' | 'write' | 'change',
    act: (file: ChipFile, opened: Opened) => Outcome,
  ): Plan {
    const own = this.#memory.file(field[0] ?? 0)
    const refuse = (sw: number): Plan => ({ headerBytes: 0, mode: 'plain', act: () => ({ sw }) })
    if (own === undefined) return refuse(Sw.nativeNoFile)
    const { rights, mode, mirror } = own.settings
    const doors: readonly Access[] =
      wish === 'change' ? [rights.change] : [rights[wish], rights.readWrite]
    const isMirrored = wish === 'read' && mirror !== undefined && mirror.fileRead !== 'never'
    const slot = this.#session?.slot
    const run = (opened: Opened): Outcome => act(own, opened)
    if (slot !== undefined && doors.some((door) => door === slot)) {
      return { headerBytes, mode: wish === 'change' ? 'full' : mode, act: run }
    }
    if (doors.includes('free') || (isMirrored && slot === undefined)) {
      return { headerBytes, mode: 'plain', act: run }
    }
    return refuse(
      doors.every((door) => door === 'never') ? Sw.nativePermission : Sw.nativeAuthentication,
    )
  }

  #cardUid(): Outcome {
    if (!this.isAuthenticated) return { sw: Sw.nativeAuthentication }
    return { sw: Sw.nativeOk, data: this.#memory.uid.slice() }
  }

  #keyVersion({ header: [slot = 0], body }: Opened): Outcome {
    const key = this.#memory.keys[slot]
    if (body.length > 0) return { sw: Sw.nativeLength }
    return key ? { sw: Sw.nativeOk, data: Uint8Array.of(key.version) } : { sw: Sw.nativeNoKey }
  }

  #describe({ header: [number = 0], body }: Opened): Outcome {
    const own = this.#memory.file(number)
    if (body.length > 0) return { sw: Sw.nativeLength }
    if (own === undefined) return { sw: Sw.nativeNoFile }
    return { sw: Sw.nativeOk, data: encodeFileDescription(own.settings, own.bytes.length) }
  }

  /** SetConfiguration option 00: a random identity, which cannot be taken back. */
  #configure({ header: [option], body }: Opened): Outcome {
    if (this.#session?.slot !== 0) return { sw: Sw.nativeAuthentication }
    if (option !== 0x00) return { sw: Sw.nativeParameter }
    if (body.length !== 1) return { sw: Sw.nativeLength }
    const [bits = 0] = body
    if ((bits & ~0x02) !== 0) return { sw: Sw.nativeParameter }
    const isDone = this.#memory.change(() => {
      this.#memory.hasRandomUid ||= (bits & 0x02) !== 0
    })
    return isDone ? { sw: Sw.nativeOk } : 'torn'
  }

  #changeKey({ header: [slot = 0], body }: Opened): Outcome {
    if (this.#session?.slot !== 0) return { sw: Sw.nativeAuthentication }
    const own = this.#memory.keys[slot]
    if (own === undefined) return { sw: Sw.nativeNoKey }
    if (body.length !== (slot === 0 ? 17 : 21)) return { sw: Sw.nativeLength }
    const mixed = body.slice(0, 16)
    const key = slot === 0 ? mixed : mixed.map((byte, i) => byte ^ (own.key[i] ?? 0))
    const isChecked = slot === 0 || equalBytes(body.subarray(17), keyCheck(key))
    if (!isChecked) return { sw: Sw.nativeIntegrity }
    const isDone = this.#memory.change(() => {
      Object.assign(own, { key, version: body[16] ?? 0, failuresInRow: 0, failures: 0 })
    })
    if (slot === 0) this.#session = undefined
    return isDone ? { sw: Sw.nativeOk } : 'torn'
  }

  #changeSettings(own: ChipFile, { header: [number], body }: Opened): Outcome {
    const settings = decodeFileSettings(body)
    if (settings === undefined) return { sw: Sw.nativeParameter }
    const { mirror } = settings
    if (mirror !== undefined && number !== FileNumber.ndef) return { sw: Sw.nativePermission }
    if (mirror !== undefined && mirrorFault(mirror, own.bytes.length) !== undefined) {
      return { sw: Sw.nativeParameter }
    }
    const isDone = this.#memory.change(() => {
      if (mirror !== undefined && own.settings.mirror === undefined) this.#memory.mirrorCounter = 0
      own.settings = settings
    })
    return isDone ? { sw: Sw.nativeOk } : 'torn'
  }

  #read(own: ChipFile, { header, body }: Opened): Outcome {
    const { offset, length } = extentOf(header)
    if (body.length > 0) return { sw: Sw.nativeLength }
    const end = length === 0 ? own.bytes.length : offset + length
    if (offset >= own.bytes.length || end > own.bytes.length) return { sw: Sw.nativeParameter }
    const shown = this.isAuthenticated ? own.bytes : this.shown(own)
    return { sw: Sw.nativeOk, data: shown.slice(offset, end) }
  }

  #write(own: ChipFile, { header, body }: Opened): Outcome {
    const { offset, length } = extentOf(header)
    if (length === 0 || body.length !== length) return { sw: Sw.nativeLength }
    if (offset + length > own.bytes.length) return { sw: Sw.nativeBoundary }
    return this.#memory.write(own, offset, body) ? { sw: Sw.nativeOk } : 'torn'
  }

  /** A file as one without authentication reads it, its mirrors filled in. */
  shown(own: ChipFile): Uint8Array {
    const { mirror } = own.settings
    return mirror === undefined ? own.bytes : mirrored(this.#memory, own.bytes, mirror, this.#draw)
  }
}

function open(
  session: Ev2Session,
  code: number,
  field: Uint8Array,
  headerBytes: number,
  mode: CommMode,
): Opened | { readonly sw: number } {
  const end = field.length - SHORT_MAC_BYTES
  if (end < headerBytes) return { sw: Sw.nativeLength }
  const mac = commandMac(simulatedAes, session, code, field.subarray(0, end))
  if (session.counter >= MAX_COUNTER || !equalBytes(field.subarray(end), mac)) {
    return { sw: Sw.nativeIntegrity }
  }
  const header = field.slice(0, headerBytes)
  const body = field.slice(headerBytes, end)
  if (mode === 'mac' || body.length === 0) return { header, body }
  const plain = decryptCommand(simulatedAes, session, body)
  return plain === undefined ? { sw: Sw.nativeIntegrity } : { header, body: plain }
}

/** FileNo, then offset and length, three bytes each, lowest first. */
function extentOf(header: Uint8Array): { readonly offset: number; readonly length: number } {
  const [, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = header
  return { offset: a | (b << 8) | (c << 16), length: d | (e << 8) | (f << 16) }
}
