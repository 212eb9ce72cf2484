import { PersonhoodError } from '../../protocol/errors.ts'

/** Near-infrared light on an eye, as IEC 62471:2006 judges it. */
export type Exposure = {
  /** Emitters that are lit at once. */
  readonly emitters: number
  /** Of one emitter on its axis while it is on, W/sr. */
  readonly intensityWPerSr: number
  /** Apparent diameter of one emitter, mm. */
  readonly sourceMm: number
  /** 780..1050 nm. */
  readonly wavelengthNm: number
  /** From emitter to cornea, mm. */
  readonly distanceMm: number
  /** Share of the time that they are lit, 0..1. */
  readonly duty: number
  /** How long somebody looks, s. */
  readonly seconds: number
}

/** One limit: what there is, what is allowed, and the share that is used up. */
export type Budget = { readonly value: number; readonly limit: number; readonly share: number }

/** Both limits that near infrared meets. */
export type EyeBudget = {
  /** Cornea and lens: irradiance in W/m² (IEC 62471 §4.3.7). */
  readonly cornea: Budget
  /** Retina, weak visual stimulus: weighted radiance in W/(m²·sr) (§4.3.6). */
  readonly retina: Budget
  /** Longest look, s, that the cornea's limit allows; infinite where it allows any. */
  readonly longestS: number
}

/** Above this the limit for the cornea no longer falls (§4.3.7). */
const LONG_EXPOSURE_S = 1000
const CORNEA_FACTOR = 18_000
const CORNEA_LONG_W_PER_M2 = 100
const RETINA_FACTOR = 6000
/** Eye movements smear a smaller source over this angle when a look lasts longer than 10 s. */
const MIN_ANGLE_RAD = 0.011
const MAX_ANGLE_RAD = 0.1

/**
 * What an exposure uses up of both limits. Averages over pulses: both limits are for looks of ten
 * seconds and more, and pulses of milliseconds at 30 Hz are far below what their peaks could do.
 */
export function eyeBudget(exposure: Exposure): EyeBudget {
  const { emitters, intensityWPerSr, sourceMm, wavelengthNm, distanceMm, duty } = exposure
  check(exposure)
  const metres = distanceMm / 1000
  const irradiance = (duty * emitters * intensityWPerSr) / metres ** 2
  const seconds = Math.max(10, exposure.seconds)
  const corneaLimit =
    seconds >= LONG_EXPOSURE_S ? CORNEA_LONG_W_PER_M2 : CORNEA_FACTOR * seconds ** -0.75
  const area = Math.PI * (sourceMm / 2000) ** 2
  const radiance = ((duty * intensityWPerSr) / area) * burnWeight(wavelengthNm)
  const angle = Math.min(MAX_ANGLE_RAD, Math.max(MIN_ANGLE_RAD, sourceMm / distanceMm))
  return {
    cornea: budget(irradiance, corneaLimit),
    retina: budget(radiance, RETINA_FACTOR / angle),
    longestS:
      irradiance <= CORNEA_LONG_W_PER_M2
        ? Number.POSITIVE_INFINITY
        : (CORNEA_FACTOR / irradiance) ** (4 / 3),
  }
}

/** R(λ), how much of this wavelength burns a retina: 1 at 700 nm, 0.2 at 1050 nm (§4.3, Table 4.2). */
export function burnWeight(wavelengthNm: number): number {
  return 10 ** ((700 - wavelengthNm) / 500)
}

function budget(value: number, limit: number): Budget {
  return { value, limit, share: value / limit }
}

function check({ wavelengthNm, duty, ...positive }: Exposure): void {
  const isPositive = Object.values(positive).every((value) => value > 0)
  if (isPositive && wavelengthNm >= 780 && wavelengthNm <= 1050 && duty >= 0 && duty <= 1) return
  throw new PersonhoodError(
    'call.eye-exposure',
    'an exposure has positive sizes, 780..1050 nm and a duty of 0..1',
  )
}
