/** A value that may stand in a log: never bytes, never an object, so never anything biometric. */
export type LogValue = string | number | boolean

/** Where a kiosk says what it does; nothing in it tells of a resident. */
export type KioskLog = {
  info(what: string, fields?: Readonly<Record<string, LogValue>>): void
  warn(what: string, fields?: Readonly<Record<string, LogValue>>): void
}
