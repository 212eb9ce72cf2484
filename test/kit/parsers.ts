import fc from 'fast-check'
import { hasCode } from '../../protocol/errors.ts'

/** What a parser makes of bytes: its value, or the code with which it refuses them. */
export function outcomeOf<T>(parse: () => T): { readonly value: T } | { readonly code: string } {
  try {
    return { value: parse() }
  } catch (error) {
    if (hasCode(error, 'bytes')) return { code: error.code }
    throw error
  }
}

/** True when the parser refuses: throws a `bytes.*` error, or answers `undefined`. Others pass on. */
export function isRefused(parse: () => unknown): boolean {
  const outcome = outcomeOf(parse)
  return 'code' in outcome || outcome.value === undefined
}

/** Offsets at which the parser accepts the bytes cut short. */
export function acceptedCuts(bytes: Uint8Array, parse: (cut: Uint8Array) => unknown): number[] {
  const lengths = Array.from({ length: bytes.length }, (_, length) => length)
  return lengths.filter((length) => !isRefused(() => parse(bytes.slice(0, length))))
}

/** Offset and bit of each single-bit flip that the parser accepts. */
export function acceptedFlips(
  bytes: Uint8Array,
  parse: (changed: Uint8Array) => unknown,
): string[] {
  const accepted: string[] = []
  for (let offset = 0; offset < bytes.length; offset++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = bytes.slice()
      changed[offset] = (changed[offset] ?? 0) ^ (1 << bit)
      if (!isRefused(() => parse(changed))) accepted.push(`${offset}.${bit}`)
    }
  }
  return accepted
}

/** Feeds noise: the parser answers or refuses in its own words, and never fails otherwise. */
export function feedNoise(parse: (noise: Uint8Array) => unknown): void {
  const noise = fc.uint8Array({ maxLength: 300 })
  fc.assert(fc.property(noise, (bytes) => isRefused(() => parse(bytes)) || true))
}
