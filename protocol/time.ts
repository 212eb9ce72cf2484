/** Seconds since 1970-01-01T00:00:00Z (RFC 8392 NumericDate, whole seconds). */
export type UnixSeconds = number

/** A reading of a clock: the time, how far it may be off, and where it comes from. */
export type ClockReading = {
  readonly unix: UnixSeconds
  readonly uncertaintyS: number
  readonly source: string
}

/** One day in seconds. */
export const DAY_S = 86_400

/** How far apart two stations' clocks may run before what one signed looks wrong to the other. */
export const MAX_CLOCK_SKEW_S = 600
