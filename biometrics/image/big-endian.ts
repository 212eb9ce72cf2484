import { PersonhoodError } from '../../protocol/errors.ts'
import { imageError } from './grey.ts'

/** Reads big-endian numbers one after the other; past the end it throws `bytes.image`. */
export class Reader {
  readonly #view: DataView
  readonly #format: string
  /** Where the next number is read. */
  offset: number

  constructor(format: string, bytes: Uint8Array, offset = 0) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#format = format
    this.offset = offset
  }

  /** The next byte. */
  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  /** The next two bytes. */
  u16(): number {
    return this.#view.getUint16(this.#take(2))
  }

  /** The next four bytes. */
  u32(): number {
    return this.#view.getUint32(this.#take(4))
  }

  #take(count: number): number {
    const at = this.offset
    if (at + count > this.#view.byteLength) {
      throw imageError(this.#format, `cut short at byte ${this.#view.byteLength}`)
    }
    this.offset = at + count
    return at
  }
}

/** Writes big-endian numbers one after the other; one that does not fit throws `call.field`. */
export class Writer {
  readonly #parts: number[] = []

  /** What was written, as a copy. */
  get bytes(): Uint8Array {
    return Uint8Array.from(this.#parts)
  }

  /** One byte, 0..255. */
  u8(value: number): this {
    return this.#put(value, 1)
  }

  /** Two bytes, 0..65,535. */
  u16(value: number): this {
    return this.#put(value, 2)
  }

  /** Four bytes, 0..4,294,967,295. */
  u32(value: number): this {
    return this.#put(value, 4)
  }

  #put(value: number, count: number): this {
    if (!Number.isInteger(value) || value < 0 || value >= 256 ** count) {
      throw new PersonhoodError('call.field', `${value} does not fit into ${count} bytes`)
    }
    for (let i = count - 1; i >= 0; i--) this.#parts.push(Math.floor(value / 256 ** i) & 0xff)
    return this
  }
}
