import { PersonhoodError } from './errors.ts'
import type { Kind } from './schema.ts'

declare const pathBrand: unique symbol

/** Dotted path from nation to district, `nation.province.city.district`, or a prefix of one. */
export type DistrictPath = string & { readonly [pathBrand]: true }

/** A station that signs and receives: a district's gateway (`a.b.c.d`) or a kiosk (`a.b.c.d/k1`). */
export type StationPath = string

// In the common part of the dialects of ECMAScript and XSD, because CDDL's `.regexp` is the latter.
const LABEL = '[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?'
const DISTRICT_PATTERN = `${LABEL}([.]${LABEL}){0,3}`
const STATION_PATTERN = `${DISTRICT_PATTERN}(/${LABEL})?`
const PATH = new RegExp(`^${DISTRICT_PATTERN}$`)
const STATION = new RegExp(`^${STATION_PATTERN}$`)

/** A path of one to four labels; throws `bytes.district` with the rule. */
export function parseDistrictPath(value: string): DistrictPath {
  if (!PATH.test(value)) {
    throw new PersonhoodError(
      'bytes.district',
      `"${value.slice(0, 80)}" is not a dotted path of one to four labels of a-z, 0-9 and -`,
    )
  }
  return value as DistrictPath
}

/** True for the path of a district or a kiosk: no wildcard or separator of topics hides in it. */
export function isStationPath(value: string): boolean {
  return STATION.test(value)
}

/** The district of a station. */
export function districtOf(station: StationPath): DistrictPath {
  return parseDistrictPath(station.split('/', 1)[0] ?? '')
}

/** True when `station` is `prefix` itself, below it, or one of its kiosks. */
export function isWithin(station: StationPath, prefix: DistrictPath): boolean {
  return station === prefix || station.startsWith(`${prefix}.`) || station.startsWith(`${prefix}/`)
}

/** True for the path of simulators and demonstrations; production refuses them (docs/protocol.md §3). */
export function isDemo(station: StationPath): boolean {
  return isWithin(station, 'demo' as DistrictPath)
}

/**
 * Assurance that asking these districts gives `home` (1 kiosk … 5 nation): the widest tier of
 * which every known district was asked. `home` itself must be among `asked` for more than 1.
 */
export function assuranceOf(
  home: DistrictPath,
  asked: readonly DistrictPath[],
  known: readonly DistrictPath[],
): number {
  const hasAsked = new Set<string>(asked)
  if (!hasAsked.has(home)) return 1
  const labels = home.split('.')
  let assurance = 2
  for (let kept = labels.length - 1; kept >= 1; kept--) {
    const tier = labels.slice(0, kept).join('.') as DistrictPath
    const districts = known.filter((path) => isWithin(path, tier))
    if (!districts.every((path) => hasAsked.has(path))) break
    assurance = 2 + labels.length - kept
  }
  return assurance
}

/** A station path in a message. */
export function stationPath(): Kind<StationPath> {
  return {
    cddl: 'station-path',
    definition: `tstr .regexp "${STATION_PATTERN}"`,
    encode: (value) => value,
    parse(value, path, problems) {
      if (typeof value === 'string' && isStationPath(value)) return value
      problems.push(`${path} is not a station path`)
      return undefined
    },
  }
}
