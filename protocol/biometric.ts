/** What a biometric value shows wherever something tries to print it. */
export const BIOMETRIC_REDACTION = '[biometric]'

/**
 * Base of all biometric values: text and JSON show a redaction. The data sits in private fields of
 * the subclasses, so that Node's inspector, spreading and listing keys reveal nothing either.
 */
export abstract class Biometric {
  /** The redaction; never the data. */
  toString(): string {
    return BIOMETRIC_REDACTION
  }

  /** The redaction; never the data. */
  toJSON(): string {
    return BIOMETRIC_REDACTION
  }
}

/** Encoded biometric data (a template or a sample), copied on the way in and out. */
export class BiometricBytes extends Biometric {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    super()
    this.#bytes = bytes.slice()
  }

  /** Length in bytes, which reveals nothing about the person. */
  get length(): number {
    return this.#bytes.length
  }

  /** A copy of the bytes: for an encoder or a comparison, never for a log. */
  reveal(): Uint8Array {
    return this.#bytes.slice()
  }
}
