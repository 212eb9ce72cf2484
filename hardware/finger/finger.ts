import { concat } from '../../protocol/bytes.ts'
import { hasCode, PersonhoodError } from '../../protocol/errors.ts'
import type { GreyImage } from '../../protocol/image.ts'
import type { Timers } from '../../protocol/timers.ts'
import { type FrameChannel, openChannel } from '../exchange.ts'
import { pause } from '../pause.ts'
import type { BytePort } from '../port.ts'
import { processTimers } from '../timers.ts'
import {
  type AuraShow,
  Confirmation,
  encodeAura,
  type FingerParameters,
  Instruction,
  readParameters,
  unpackImage,
} from './commands.ts'
import { encodeFrame, type FingerFrame, Kind, scanFinger } from './frame.ts'
import { receiveUpload } from './upload.ts'

/** A finger sensor, for capture only: the module's own templates and scores are its maker's secret. */
export type FingerSensor = {
  readonly parameters: FingerParameters
  /**
   * Waits until a finger lies there and takes its picture, 8 bits a pixel at about 508 dpi, ridges
   * dark; nothing when none came, or none that the sensor could read, within `timeoutMs`.
   */
  capture(request: FingerRequest): Promise<GreyImage | undefined>
  /** Shows a light around the sensor; false where the module has none. */
  light(show: AuraShow, signal?: AbortSignal): Promise<boolean>
  /** Asks for its parameters, to hear that it lives. */
  probe(signal?: AbortSignal): Promise<void>
  onClose: BytePort['onClose']
  /** Puts the light out, as far as the module still hears, and closes the port. */
  close(): Promise<void>
}

/** How long to wait for a finger, in ms. */
export type FingerRequest = { readonly timeoutMs: number; readonly signal?: AbortSignal }

/** How to reach a module. */
export type FingerOptions = {
  /** 32 bits, 0 from the factory. */
  readonly password?: number
  /** 32 bits, FFFFFFFF from the factory. */
  readonly address?: number
  readonly signal?: AbortSignal
  readonly timers?: Timers
}

/** The modules' rate from the factory (manual §3.2), 8N1. */
export const FINGER_BAUD = 57_600

const FACTORY_ADDRESS = 0xff_ff_ff_ff
// GenImg takes up to 0.5 s on the optical modules; others answer within 50 ms.
const ANSWER_TIMEOUT_MS = 1000
// A module is deaf for 50 ms (R503) to 500 ms (ZFM-20) after power-on.
const ATTEMPTS = 3
const LIGHT_TIMEOUT_MS = 200
const POLL_MS = 100
const LINE_IDLE_MS = 50
const MAX_UPLOADS = 3
const DEBT_TIMEOUT_MS = 300

type AskLimits = {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number
  readonly attempts?: number
}

/**
 * Finds the module and proves the password to it. Rejects with `device.timeout`,
 * `device.finger-password` or `bytes.finger`.
 */
export async function openFinger(
  port: BytePort,
  options: FingerOptions = {},
): Promise<FingerSensor> {
  const { signal, timers = processTimers, address = FACTORY_ADDRESS, password = 0 } = options
  const channel = openChannel(port, scanFinger, { idleMs: LINE_IDLE_MS, timers })
  const link = new FingerLink(channel, timers, address)
  try {
    await link.verifyPassword(password, signal)
    const parameters = await link.parameters(signal)
    return {
      parameters,
      capture: (request) => link.inTurn(() => link.capture(request)),
      light: (show, lightSignal) => link.inTurn(() => link.light(show, lightSignal)),
      probe: (probeSignal) =>
        link.inTurn(async () => {
          await link.parameters(probeSignal)
        }),
      onClose: port.onClose,
      close: async () => {
        await link.inTurn(() => link.light({ motion: 'off', colour: 'red' })).catch(() => undefined)
        channel.detach()
        await port.close()
      },
    }
  } catch (error) {
    channel.detach()
    throw error
  }
}

class FingerLink {
  readonly #channel: FrameChannel<FingerFrame>
  readonly #timers: Timers
  readonly #address: number
  #hasLight: boolean | undefined
  #debt = 0
  #tail: Promise<unknown> = Promise.resolve()

  constructor(channel: FrameChannel<FingerFrame>, timers: Timers, address: number) {
    this.#channel = channel
    this.#timers = timers
    this.#address = address
  }

  inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(act)
    this.#tail = turn.catch(() => undefined)
    return turn
  }

  async verifyPassword(password: number, signal?: AbortSignal): Promise<void> {
    const bytes = [password >>> 24, password >>> 16, password >>> 8, password]
    const answer = await this.#ask(Instruction.verifyPassword, Uint8Array.from(bytes), { signal })
    if (answer[0] === Confirmation.wrongPassword) {
      throw new PersonhoodError(
        'device.finger-password',
        `${this.#channel.name}: the finger sensor has another password than this kiosk`,
      )
    }
    if (answer[0] !== Confirmation.done) throw this.#refused('the password', answer[0])
  }

  async parameters(signal?: AbortSignal): Promise<FingerParameters> {
    const answer = await this.#ask(Instruction.readParameters, new Uint8Array(0), { signal })
    const parameters = readParameters(answer.subarray(1))
    if (answer[0] === Confirmation.done && parameters !== undefined) return parameters
    throw this.#refused('its parameters', answer[0])
  }

  async light(show: AuraShow, signal?: AbortSignal): Promise<boolean> {
    if (this.#hasLight === false) return false
    try {
      const payload = encodeAura(show)
      const limits = { signal, timeoutMs: LIGHT_TIMEOUT_MS, attempts: 2 }
      const [confirmation] = await this.#ask(Instruction.auraLight, payload, limits)
      this.#hasLight = confirmation === Confirmation.done
    } catch (error) {
      // A ZFM-20 says nothing to an instruction that it does not know.
      if (!hasCode(error, 'device.timeout')) throw error
      this.#hasLight = false
    }
    return this.#hasLight
  }

  async capture({ timeoutMs, signal }: FingerRequest): Promise<GreyImage | undefined> {
    let isOver = false
    const cancel = this.#timers.after(timeoutMs, () => {
      isOver = true
    })
    try {
      while (!(await this.#isImageTaken(signal))) {
        if (isOver) return undefined
        await pause(this.#timers, POLL_MS, signal)
      }
    } finally {
      cancel()
    }
    return this.#upload(signal)
  }

  async #isImageTaken(signal: AbortSignal | undefined): Promise<boolean> {
    const [code] = await this.#ask(Instruction.generateImage, new Uint8Array(0), { signal })
    if (code === Confirmation.done) return true
    // A finger that has just come, or goes, is a failed capture: the next look decides.
    const isNoneYet =
      code === Confirmation.noFinger ||
      code === Confirmation.captureFailed ||
      code === Confirmation.packetError
    if (isNoneYet) return false
    throw this.#refused('to look for a finger', code)
  }

  /** The picture stays in the module until the next one, so a spoiled upload is asked for again. */
  async #upload(signal: AbortSignal | undefined): Promise<GreyImage> {
    for (let uploads = 1; ; uploads++) {
      const packed = await receiveUpload(this.#channel, this.#timers, signal, async () => {
        const [code] = await this.#ask(Instruction.uploadImage, new Uint8Array(0), {
          signal,
          attempts: 1,
        })
        if (code !== Confirmation.done) throw this.#refused('to send its picture', code)
      })
      const image = packed === undefined ? undefined : unpackImage(packed)
      if (image !== undefined) return image
      if (uploads === MAX_UPLOADS) {
        throw new PersonhoodError(
          'device.garbled',
          `${this.#channel.name}: the picture of the finger came incomplete ${uploads} times`,
        )
      }
    }
  }

  /** The answer's payload, its confirmation first. */
  async #ask(
    instruction: number,
    parameters: Uint8Array,
    { signal, timeoutMs = ANSWER_TIMEOUT_MS, attempts = ATTEMPTS }: AskLimits,
  ): Promise<Uint8Array> {
    await this.#settleDebt(signal)
    const payload = concat(Uint8Array.of(instruction), parameters)
    const request = encodeFrame({ kind: Kind.command, address: this.#address, payload })
    for (let attempt = 1; ; attempt++) {
      try {
        const { accept, what } = this.#answer()
        const frame = await this.#channel.exchange({ request, accept, timeoutMs, signal, what })
        return frame.payload
      } catch (error) {
        if (!hasCode(error, 'device.timeout')) throw error
        this.#debt++
        if (attempt >= attempts) throw error
      }
    }
  }

  /**
   * Answers do not name their instruction, so one that came too late would be taken for the next
   * one's. Those that are owed are waited for and thrown away first.
   */
  async #settleDebt(signal: AbortSignal | undefined): Promise<void> {
    for (; this.#debt > 0; this.#debt--) {
      const { accept, what } = this.#answer()
      try {
        await this.#channel.wait(accept, { timeoutMs: DEBT_TIMEOUT_MS, signal, what })
      } catch (error) {
        if (!hasCode(error, 'device.timeout')) throw error
      }
    }
  }

  #answer(): {
    readonly accept: (frame: FingerFrame) => frame is FingerFrame
    readonly what: string
  } {
    return {
      accept: (frame): frame is FingerFrame =>
        frame.kind === Kind.answer && frame.address === this.#address,
      what: 'answer of the finger sensor',
    }
  }

  #refused(what: string, code: number | undefined): PersonhoodError {
    const shown = code === undefined ? 'nothing' : `0x${code.toString(16).padStart(2, '0')}`
    return new PersonhoodError(
      'device.refused',
      `${this.#channel.name}: the finger sensor refuses ${what} (${shown})`,
    )
  }
}
