import type { Kiosk } from '../../../firmware/kiosk.ts'
import type { Ntag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { converse } from '../../../hardware/nfc/virtual-card.ts'
import type { Unplug } from '../../../hardware/sim/cable-way.ts'
import type { CablePlan } from '../../../hardware/sim/faulty-cable.ts'
import { bytesOf, createRandom, seedOf } from '../../../hardware/sim/random.ts'
import { readPersonhoodCard } from '../../../protocol/card/personhood-card.ts'
import { parseCredential } from '../../../protocol/credential.ts'
import { createSystemClock } from '../../../runtime/clock.ts'
import { listLog } from '../../firmware/bench.ts'
import { journalOf } from '../../firmware/life.ts'
import { isEnrolled } from '../../firmware/pilot.ts'
import { createWorld, startDistrict, type World } from '../../gateway/bench.ts'
import { ALDER, ALDER_KIOSK } from '../../kit/demo-trust.ts'
import { copyOf, preparedCard, toolsFor, uidOf } from '../../kit/keyed-cards.ts'
import { createMemoryStore } from '../../kit/memory-store.ts'
import {
  type CabledPlace,
  type CableName,
  createCabledPlace,
} from '../../scenarios/cables/cabled-place.ts'
import { type Life, startLife } from './kiosk-life.ts'

/** What happens to the whole kiosk in a run; at most one. */
export type KioskFault =
  /** The power goes when so many bytes have gone over the cable that way, and comes back later. */
  | {
      readonly kind: 'power-cut'
      readonly cable: CableName
      readonly way: 'toDevice' | 'toHost'
      readonly atByte: number
    }
  /** The machine's clock jumps, and for `backAfterMs` stays there. */
  | {
      readonly kind: 'clock-stepped'
      readonly atMs: number
      readonly byS: number
      readonly backAfterMs: number
    }

/** How a run went. */
export type Journey = {
  readonly problem?: string
  readonly isStruck: boolean
  /** Virtual time. */
  readonly ms: number
  readonly traffic: Readonly<
    Record<CableName, { readonly toDevice: number; readonly toHost: number }>
  >
  readonly log: readonly string[]
}

const LOOK_MS = 50
const LOOKS_A_SECOND = 1000 / LOOK_MS
/** Two minutes of virtual time: twice what a resident waits. */
const MOST_LOOKS = 120 * LOOKS_A_SECOND
const OFF_MS = 2000
const NEVER_MS = 1e9

/**
 * A resident is enrolled on a prepared card; when the district has signed the final credential, the
 * card is tapped and gets it. Whatever happened on the way, it must have happened once.
 */
export async function playJourney(seed: number, fault?: KioskFault): Promise<Journey> {
  const endings: (() => unknown)[] = []
  try {
    return await new Run(endings, seed, fault).play()
  } finally {
    for (const end of endings.reverse()) await end()
  }
}

class Run {
  readonly #world: World = createWorld([ALDER, ALDER_KIOSK])
  readonly #fault: KioskFault | undefined
  readonly #endings: (() => unknown)[]
  readonly #log: string[] = []
  readonly #card: Ntag424
  readonly #random: (lengthBytes: number) => Uint8Array
  #offsetS = 0
  #isStruck = false
  #isCut = false
  #isGo = false
  #life: Life | undefined

  constructor(endings: (() => unknown)[], seed: number, fault: KioskFault | undefined) {
    this.#card = preparedCard(uidOf(1), 'open', bytesOf(createRandom(seed, seedOf('card'))))
    this.#random = bytesOf(createRandom(seed, seedOf('kiosk')))
    this.#endings = endings
    this.#fault = fault
  }

  async play(): Promise<Journey> {
    const { timers, clock: worldClock } = this.#world
    const teardown = (action: () => unknown): void => void this.#endings.push(action)
    const gatewayStore = createMemoryStore()
    const district = await startDistrict({ teardown } as never, this.#world, ALDER, {
      ...{ peers: [], store: gatewayStore },
    })
    const store = createMemoryStore()
    const place = createCabledPlace(timers, {
      plans: this.#plans(),
      onEvent: ({ kind }) => {
        if (kind === 'unplugged' && !this.#isCut) this.#cutPower()
      },
    })
    place.standing = { person: 1 }
    const clock = createSystemClock(0, () => worldClock.now().unix + this.#offsetS)
    const log = listLog(this.#log)
    const ground = { world: this.#world, clock, place, store, log, random: this.#random }
    this.#stepClock()
    const boot = (): Promise<unknown> =>
      startLife(ground, (life) => {
        this.#life = life
      })
    await boot()
    let isDone = false
    for (let look = 0; look < MOST_LOOKS && !isDone; look++) {
      await timers.advance(LOOK_MS)
      if (look % LOOKS_A_SECOND === 0) worldClock.advance(1)
      if (this.#isCut) {
        await this.#life?.end()
        await timers.advance(OFF_MS)
        this.#isCut = false
        await boot()
        continue
      }
      const kiosk = this.#life?.kiosk
      if (kiosk === undefined) continue
      await this.#act(kiosk, place)
      isDone = this.#isGo && kiosk.state.link.queued === 0
    }
    const traffic = {
      orb: place.cables.orb.carried,
      reader: place.cables.reader.carried,
      panel: place.cables.panel.carried,
    }
    const ms = timers.nowMs
    const problem = isDone
      ? await this.#wrongness(store, district.gateway.state.counts.enrolments)
      : `not done within ${ms} ms: ${JSON.stringify(this.#life?.kiosk?.state.screen)}`
    // What is pulled from now on is nobody's loss.
    this.#isCut = true
    await this.#life?.end()
    return {
      ...(problem === undefined ? {} : { problem }),
      ...{ isStruck: this.#fault === undefined || this.#isStruck, ms, traffic, log: this.#log },
    }
  }

  /** Does what a willing resident does at this screen. */
  async #act(kiosk: Kiosk, place: CabledPlace): Promise<void> {
    const { screen } = kiosk.state
    const isLying = place.cards.has(this.#card)
    if (screen.name === 'idle') return await this.#atIdle(kiosk, place)
    if (screen.name === 'consent') await kiosk.command({ name: 'consent', isGiven: true })
    if (screen.name === 'stopped') await kiosk.command({ name: 'acknowledge' })
    if (screen.name === 'card' && !isLying) place.lay(this.#card)
    if (screen.name === 'done' && isLying) place.lift(this.#card)
    if (screen.name !== 'tap') return
    this.#isGo = screen.outcome === 'go' && this.#stage() === 'final'
    if (isLying) place.lift(this.#card)
  }

  /** Begins; brings the card back where an enrolment was cut off, and when the final one is there. */
  async #atIdle(kiosk: Kiosk, place: CabledPlace): Promise<void> {
    const { state } = kiosk
    const { unfinished, final } = state.enrolments
    if (isEnrolled(state)) {
      const isWanted = unfinished > 0 || final === 1
      if (isWanted && !place.cards.has(this.#card)) place.lay(this.#card)
    } else if (state.indicesLeft > 0) await kiosk.command({ name: 'begin' })
  }

  /** What happened otherwise than once. */
  async #wrongness(store: ReturnType<typeof createMemoryStore>, atGateway: number) {
    const journal = [...(await journalOf(store)).values()]
    const steps = journal.map(({ step }) => step).join(' ')
    const outbox = (await store.range('outbox')).length
    const faces = (await store.range('gallery')).length
    const found = `journal ${steps}, outbox ${outbox}, gallery ${faces}, gateway ${atGateway}`
    const wanted = 'journal done, outbox 0, gallery 1, gateway 1'
    return found === wanted ? undefined : found
  }

  /** Of the credential that one who holds the card's keys reads on it. */
  #stage(): string {
    const copy = copyOf(this.#card)
    const { contents } = converse(copy, readPersonhoodCard(TOOLS, uidOf(1)))
    if (contents.kind !== 'personhood') return contents.kind
    return parseCredential(contents.credential).credential.stage
  }

  #plans(): Partial<Record<CableName, CablePlan>> {
    const fault = this.#fault
    if (fault?.kind !== 'power-cut') return {}
    const act: Unplug = { kind: 'unplug', awayMs: NEVER_MS, isTold: false }
    return { [fault.cable]: { strikes: [{ way: fault.way, atByte: fault.atByte, act }] } }
  }

  #cutPower(): void {
    this.#isStruck = true
    this.#isCut = true
    this.#life?.cutPower()
  }

  #stepClock(): void {
    const fault = this.#fault
    if (fault?.kind !== 'clock-stepped') return
    const { timers } = this.#world
    timers.after(fault.atMs, () => {
      this.#isStruck = true
      this.#offsetS = fault.byS
      timers.after(fault.backAfterMs, () => {
        this.#offsetS = 0
      })
    })
  }
}

const TOOLS = toolsFor('open', uidOf(1))

/** What can happen to the whole kiosk. */
export const KIOSK_FAULT_KINDS: readonly KioskFault['kind'][] = ['power-cut', 'clock-stepped']

/** Cards keep most of what a power cut could spoil. */
const CUT_AT: readonly CableName[] = ['reader', 'reader', 'orb', 'panel']

/** A second, an hour of summer time, a day, a month, and a battery that lost its years. */
const STEPS_S = [1, 3600, 86_400, 2_592_000, 315_360_000]

/** The fault of a seed, placed in the traffic or the time of a good run. */
export function kioskFault(
  kind: KioskFault['kind'],
  seed: number,
  { traffic, ms }: Journey,
): KioskFault {
  const random = createRandom(seed, seedOf(`kiosk ${kind}`))
  if (kind === 'power-cut') {
    const cable = CUT_AT[random.int(CUT_AT.length)] ?? 'reader'
    const way = random.int(2) === 0 ? 'toDevice' : 'toHost'
    return { kind, cable, way, atByte: random.int(traffic[cable][way]) }
  }
  const byS = STEPS_S[random.int(STEPS_S.length)] ?? 1
  const atMs = random.int(ms)
  const backAfterMs = random.between(1000, 20_000)
  return { kind, atMs, byS: random.int(2) === 0 ? byS : -byS, backAfterMs }
}
