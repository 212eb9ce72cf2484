import { PersonhoodError } from '../../protocol/errors.ts'
import { type BytePort, createPortEvents, type PortEvents, unplugged } from '../port.ts'
import { type CableClock, createWay, type Strike, type Unplug, type Way } from './cable-way.ts'
import type { Random } from './random.ts'

/** What goes wrong on one cable, decided beforehand; an empty plan is a good cable. */
export type CablePlan = {
  readonly strikes?: readonly Strike[]
  readonly chunkMaxBytes?: number
  readonly gatherMs?: number
  /** So many random bytes greet the host at each opening. */
  readonly strayAtOpen?: number
  /** Another device of the kind is plugged in beside it, and takes its place when it is pulled. */
  readonly hasTwin?: true
}

/** A cable, and the device behind it. */
export type CableOptions = {
  /** Where the device is plugged in at first, such as /dev/ttyUSB0. */
  readonly node: string
  readonly baud: number
  readonly unit: 'byte' | 'report'
  readonly clock: CableClock
  readonly random: Random
  readonly plan: CablePlan
  /** Gives the device power, at its end of the cable; that port ends when the power goes. */
  readonly power: (port: BytePort) => void
  readonly onEvent?: (event: CableEvent) => void
}

/** What happened to the cable, and when on its clock. */
export type CableEvent = {
  readonly atMs: number
  readonly kind: 'unplugged' | 'plugged'
  readonly isTold: boolean
  readonly node: string
}

/** A cable with a device at its end, under the plan's faults. */
export type FaultyCable = {
  /** Where the device is plugged in now; undefined while it is away. */
  readonly node: string | undefined
  /** Bytes sent into each direction. */
  readonly carried: { readonly toDevice: number; readonly toHost: number }
  /** Strikes of the plan that have happened. */
  readonly struck: number
  readonly events: readonly CableEvent[]
  /** The host's end; rejects with `device.missing` while away, `device.busy` while it is open. */
  open(): Promise<BytePort>
  /** Pulls the cable until `plug`. */
  unplug(isTold?: boolean): void
  /** Puts it in, where `node` is given there. */
  plug(node?: string): void
}

/** Lays the cable and plugs the device in. */
export function createFaultyCable(options: CableOptions): FaultyCable {
  const cable = new Cable(options)
  cable.plug()
  return cable
}

/** What an opening meets where nothing is plugged in. */
export function missing(node: string): PersonhoodError {
  return new PersonhoodError('device.missing', `${node} is not there: is it plugged in?`)
}

class Cable implements FaultyCable {
  readonly #options: CableOptions
  readonly #toDevice: Way
  readonly #toHost: Way
  readonly #events: CableEvent[] = []
  #place: string
  #host: PortEvents | undefined
  #device: PortEvents | undefined

  constructor(options: CableOptions) {
    this.#options = options
    this.#place = options.node
    const unplug = (act: Unplug): void => this.#pull(act)
    this.#toDevice = this.#way('toDevice', (bytes) => this.#device?.deliver(bytes), unplug)
    this.#toHost = this.#way('toHost', (bytes) => this.#host?.deliver(bytes), unplug)
  }

  get node(): string | undefined {
    return this.#device === undefined ? undefined : this.#place
  }

  get carried(): FaultyCable['carried'] {
    return { toDevice: this.#toDevice.carried, toHost: this.#toHost.carried }
  }

  get struck(): number {
    return this.#toDevice.struck + this.#toHost.struck
  }

  get events(): readonly CableEvent[] {
    return this.#events
  }

  open(): Promise<BytePort> {
    const node = this.#place
    if (this.#device === undefined) {
      return Promise.reject(missing(node))
    }
    if (this.#host !== undefined && !this.#host.ended) {
      return Promise.reject(new PersonhoodError('device.busy', `${node} is held already`))
    }
    const events = createPortEvents(node)
    this.#host = events
    this.#toDevice.reopen()
    this.#toHost.reopen()
    const { random, plan } = this.#options
    if (plan.strayAtOpen !== undefined) {
      void this.#toHost.send(Uint8Array.from({ length: plan.strayAtOpen }, () => random.int(256)))
    }
    return Promise.resolve(
      createEnd(node, events, (bytes) =>
        // A port that outlived its device without being told writes into nothing.
        this.#host === events && this.#device !== undefined
          ? this.#toDevice.send(bytes)
          : Promise.resolve(),
      ),
    )
  }

  unplug(isTold = true): void {
    if (this.#device === undefined) return
    const device = this.#device
    this.#device = undefined
    this.#note('unplugged', isTold)
    this.#toDevice.cut()
    this.#toHost.cut()
    device.end(unplugged(`${this.#place} (device)`))
    if (isTold) this.#host?.end(unplugged(this.#place))
    this.#host = undefined
  }

  plug(node: string = this.#place): void {
    if (this.#device !== undefined) return
    this.#place = node
    const name = `${node} (device)`
    const events = createPortEvents(name)
    this.#device = events
    this.#note('plugged', true)
    this.#options.power(createEnd(name, events, (bytes) => this.#toHost.send(bytes)))
  }

  #pull({ awayMs, isTold, node }: Unplug): void {
    this.unplug(isTold)
    this.#options.clock.after(awayMs, () => this.plug(node))
  }

  #way(
    way: Strike['way'],
    deliver: (bytes: Uint8Array) => void,
    unplug: (act: Unplug) => void,
  ): Way {
    const { clock, baud, unit, random, plan } = this.#options
    return createWay({
      clock,
      baud,
      unit,
      random,
      chunkMaxBytes: plan.chunkMaxBytes,
      gatherMs: plan.gatherMs,
      strikes: (plan.strikes ?? []).filter((strike) => strike.way === way),
      deliver,
      unplug,
    })
  }

  #note(kind: CableEvent['kind'], isTold: boolean): void {
    const event = { atMs: this.#options.clock.nowMs, kind, isTold, node: this.#place }
    this.#events.push(event)
    this.#options.onEvent?.(event)
  }
}

function createEnd(
  name: string,
  events: PortEvents,
  send: (bytes: Uint8Array) => Promise<void>,
): BytePort {
  return {
    name,
    onBytes: events.onBytes,
    onClose: events.onClose,
    write: async (bytes) => {
      if (events.ended) throw events.refusal()
      await send(bytes)
      if (events.ended) throw events.refusal()
    },
    close: () => {
      events.end(undefined)
      return Promise.resolve()
    },
  }
}
