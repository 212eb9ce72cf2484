/** Codes by whose fault it is: `bytes.*` the peer's bytes, `call.*` our caller, the rest the world. */
export type ErrorCode =
  | `bytes.${string}`
  | `call.${string}`
  | `device.${string}`
  | `card.${string}`
  | `store.${string}`
  | `link.${string}`
  | `config.${string}`
  | `file.${string}`

/**
 * The one error class. Branch on `code`; the message is for people: it says what happened, with
 * numbers and units, and where it helps what is safe and what to do. `cause` keeps the origin.
 */
export class PersonhoodError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PersonhoodError'
    this.code = code
  }
}

/** True when `error` is ours and carries `code`, or a code below it (`bytes` covers `bytes.cbor`). */
export function hasCode(error: unknown, code: string): error is PersonhoodError {
  return (
    error instanceof PersonhoodError && (error.code === code || error.code.startsWith(`${code}.`))
  )
}
