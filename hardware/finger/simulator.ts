import type { GreyImage } from '../../protocol/image.ts'
import type { Timers } from '../../protocol/timers.ts'
import { openChannel } from '../exchange.ts'
import type { BytePort } from '../port.ts'
import { processTimers } from '../timers.ts'
import { AuraColour, AuraMotion, type AuraShow, Confirmation, Instruction } from './commands.ts'
import { encodeFrame, type FingerFrame, Kind, scanFinger } from './frame.ts'

/**
 * What goes wrong with one instruction. `lost-command`: the module never hears it. `silence`: it is
 * done without an answer. `late`: its answer comes
 * after 1.2 s. `wrong-sum`: the answer, or one packet of an upload, is garbled.
 * `lost-packet`: one packet of an upload is missing. `cut-short`: the upload stops half-way.
 * `packet-error`: the module heard a garbled instruction.
 */
export type FingerFault =
  | 'lost-command'
  | 'silence'
  | 'late'
  | 'wrong-sum'
  | 'lost-packet'
  | 'cut-short'
  | 'packet-error'

/** A virtual module of the family. */
export type FingerSimulator = {
  /** Puts a finger down, or lifts it. */
  place(image: GreyImage | undefined): void
  /** One of the next instructions of this code goes wrong; several in turn. */
  fail(instruction: number, fault: FingerFault): void
  /** What the light shows; nothing on a module that has none or before it was told. */
  readonly light: AuraShow | undefined
  /** Instructions understood so far. */
  readonly instructions: number
  close(): void
}

/** What kind of module it is. */
export type FingerSimulatorOptions = {
  /** Default 0. */
  readonly password?: number
  readonly address?: number
  /** Has the light of a R503; default true. A module without says nothing to its instruction. */
  readonly hasLight?: boolean
  readonly packetBytes?: 32 | 64 | 128 | 256
  readonly timers?: Timers
}

const LINE_IDLE_MS = 50
const LATE_MS = 1200

/** A module at the device's end of a port; it hears nothing before the password. */
export function createFingerSimulator(
  port: BytePort,
  options: FingerSimulatorOptions = {},
): FingerSimulator {
  const { password = 0, address = 0xff_ff_ff_ff, hasLight = true, packetBytes = 128 } = options
  const timers = options.timers ?? processTimers
  const channel = openChannel(port, scanFinger, { idleMs: LINE_IDLE_MS, timers })
  const faults: { readonly instruction: number; readonly fault: FingerFault }[] = []
  let finger: GreyImage | undefined
  let buffer: Uint8Array | undefined
  let light: AuraShow | undefined
  let isTrusted = false
  let instructions = 0

  const send = (kind: FingerFrame['kind'], payload: Uint8Array, isSpoiled = false): void => {
    const bytes = encodeFrame({ kind, address, payload })
    if (isSpoiled) bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 0x55
    channel.send(bytes).catch(() => undefined)
  }
  const upload = (packed: Uint8Array, fault: FingerFault | undefined): void => {
    const count = Math.ceil(packed.length / packetBytes)
    const middle = count >> 1
    for (let i = 0; i < count; i++) {
      if (fault === 'cut-short' && i >= middle) return
      if (fault === 'lost-packet' && i === middle) continue
      const payload = packed.subarray(i * packetBytes, (i + 1) * packetBytes)
      send(i === count - 1 ? Kind.end : Kind.data, payload, fault === 'wrong-sum' && i === middle)
    }
  }
  const look = (): number => {
    if (!isTrusted) return Confirmation.wrongPassword
    if (finger === undefined) return Confirmation.noFinger
    buffer = pack(finger)
    return Confirmation.done
  }
  const shine = (payload: Uint8Array): number => {
    light = auraOf(payload)
    return light === undefined ? Confirmation.invalidParameter : Confirmation.done
  }
  /** The answer, confirmation first; nothing to an instruction that the module does not know. */
  const run = (payload: Uint8Array): readonly number[] | undefined => {
    switch (payload[0]) {
      case Instruction.verifyPassword:
        isTrusted = number32(payload.subarray(1)) === password
        return [isTrusted ? Confirmation.done : Confirmation.wrongPassword]
      case Instruction.readParameters:
        return [Confirmation.done, ...parameterBytes(address, packetBytes)]
      case Instruction.generateImage:
        return [look()]
      case Instruction.uploadImage:
        return [isTrusted && buffer !== undefined ? Confirmation.done : Confirmation.uploadFailed]
      case Instruction.auraLight:
        return hasLight ? [shine(payload)] : undefined
      default:
        return undefined
    }
  }
  const nextFault = (instruction: number | undefined): FingerFault | undefined => {
    const index = faults.findIndex((each) => each.instruction === instruction)
    return index === -1 ? undefined : faults.splice(index, 1)[0]?.fault
  }
  const obey = (payload: Uint8Array, fault: FingerFault | undefined): void => {
    const answer = run(payload)
    if (answer === undefined) return
    instructions++
    if (fault === 'silence') return
    const isUpload = payload[0] === Instruction.uploadImage && answer[0] === Confirmation.done
    const reply = (): void => {
      send(Kind.answer, Uint8Array.from(answer), fault === 'wrong-sum' && !isUpload)
      if (isUpload && buffer !== undefined) upload(buffer, fault)
    }
    if (fault === 'late') timers.after(LATE_MS, reply)
    else reply()
  }
  channel.onFrame(({ kind, address: to, payload }) => {
    if (kind !== Kind.command || to !== address) return
    const fault = nextFault(payload[0])
    if (fault === 'lost-command') return
    if (fault === 'packet-error') send(Kind.answer, Uint8Array.of(Confirmation.packetError))
    else obey(payload, fault)
  })
  return {
    place: (image) => {
      finger = image
    },
    fail: (instruction, fault) => void faults.push({ instruction, fault }),
    get light() {
      return light
    },
    get instructions() {
      return instructions
    },
    close: () => channel.detach(),
  }
}

/** Four bits a pixel, the left one high. */
function pack({ pixels }: GreyImage): Uint8Array {
  return Uint8Array.from(
    { length: pixels.length / 2 },
    (_, i) => ((pixels[2 * i] ?? 0) & 0xf0) | ((pixels[2 * i + 1] ?? 0) >> 4),
  )
}

/** Status 0, system 9, 200 places, security 3, address, packet size, 6 x 9600 baud. */
function parameterBytes(address: number, packetBytes: number): readonly number[] {
  const bytes = [0, 0, 0, 9, 0, 200, 0, 3]
  const at = [address >>> 24, address >>> 16, address >>> 8, address].map((byte) => byte & 0xff)
  return [...bytes, ...at, 0, Math.log2(packetBytes / 32), 0, 6]
}

function auraOf([, motion, speed = 0, colour, times = 0]: Uint8Array): AuraShow | undefined {
  const named = nameOf(AuraMotion, motion)
  const coloured = nameOf(AuraColour, colour)
  if (named === undefined || coloured === undefined) return undefined
  return { motion: named, colour: coloured, speed, times }
}

function nameOf<T extends Readonly<Record<string, number>>>(
  table: T,
  value: number | undefined,
): (keyof T & string) | undefined {
  return Object.keys(table).find((name) => table[name] === value)
}

function number32(bytes: Uint8Array): number {
  return bytes.subarray(0, 4).reduce((value, byte) => value * 256 + byte, 0)
}
