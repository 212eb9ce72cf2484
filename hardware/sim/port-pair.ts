import type { PersonhoodError } from '../../protocol/errors.ts'
import { type BytePort, createPortEvents, type PortEvents, unplugged } from '../port.ts'
import { createRandom, type Random } from './random.ts'

/** What one direction of the cable does to the bytes; each fault is off where it is not given. */
export type CableFaults = {
  /** Names the random stream of this direction; default 0. */
  readonly seed?: number
  /** Splits each write into runs of 1 to this many bytes. */
  readonly chunkMaxBytes?: number
  /** Chance that a byte arrives with one bit changed, in millionths. */
  readonly flipPerMillion?: number
  /** Chance that a byte does not arrive at all, in millionths. */
  readonly dropPerMillion?: number
  /** Pulls the cable after this many bytes of this direction have arrived. */
  readonly unplugAfterBytes?: number
}

/** Two joined ports in memory: what the host writes the device hears, and the other way. */
export type PortPair = {
  readonly host: BytePort
  readonly device: BytePort
  /** Pulls the cable: both ends close with `device.unplugged`, bytes under way are lost. */
  unplug(): void
}

/**
 * Joins two ports named after `name`. Bytes arrive in order, in later microtasks than their write;
 * an orderly close of one end closes the other without a reason.
 */
export function createPortPair(
  name: string,
  faults: { readonly toDevice?: CableFaults; readonly toHost?: CableFaults } = {},
): PortPair {
  const host = createPortEvents(name)
  const device = createPortEvents(`${name} (device)`)
  const end = (reason: PersonhoodError | undefined): void => {
    host.end(reason)
    device.end(reason)
  }
  const unplug = (): void => end(unplugged(name))
  return {
    host: createEnd(name, host, createWire(device, faults.toDevice ?? {}, unplug), end),
    device: createEnd(
      `${name} (device)`,
      device,
      createWire(host, faults.toHost ?? {}, unplug),
      end,
    ),
    unplug,
  }
}

type Wire = (bytes: Uint8Array) => Promise<void>

function createEnd(
  name: string,
  events: PortEvents,
  wire: Wire,
  end: (reason: PersonhoodError | undefined) => void,
): BytePort {
  return {
    name,
    onBytes: events.onBytes,
    onClose: events.onClose,
    write: async (bytes) => {
      if (events.ended) throw events.refusal()
      await wire(bytes.slice())
      if (events.ended) throw events.refusal()
    },
    close: () => {
      end(undefined)
      return Promise.resolve()
    },
  }
}

function createWire(target: PortEvents, faults: CableFaults, unplug: () => void): Wire {
  const random = createRandom(faults.seed ?? 0)
  let left = faults.unplugAfterBytes ?? Number.POSITIVE_INFINITY
  let tail = Promise.resolve()
  const carry = async (bytes: Uint8Array): Promise<void> => {
    for (const run of split(spoil(bytes, faults, random), faults.chunkMaxBytes, random)) {
      await undefined
      if (target.ended) return
      target.deliver(run.subarray(0, Math.min(run.length, left)))
      left -= run.length
      if (left <= 0) unplug()
    }
  }
  return (bytes) => {
    tail = tail.then(() => carry(bytes))
    return tail
  }
}

function spoil(bytes: Uint8Array, faults: CableFaults, random: Random): Uint8Array {
  const flip = (faults.flipPerMillion ?? 0) / 1e6
  const drop = (faults.dropPerMillion ?? 0) / 1e6
  if (flip === 0 && drop === 0) return bytes
  const arrived: number[] = []
  for (const byte of bytes) {
    if (random.next() < drop) continue
    arrived.push(random.next() < flip ? byte ^ (1 << random.int(8)) : byte)
  }
  return Uint8Array.from(arrived)
}

function* split(
  bytes: Uint8Array,
  maxBytes: number | undefined,
  random: Random,
): Generator<Uint8Array> {
  if (maxBytes === undefined) {
    if (bytes.length > 0) yield bytes
    return
  }
  for (let start = 0; start < bytes.length; ) {
    const length = 1 + random.int(Math.max(1, maxBytes))
    yield bytes.subarray(start, start + length)
    start += length
  }
}
