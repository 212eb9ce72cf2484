import type { Test } from 'tap'
import type { Kiosk } from '../../firmware/kiosk.ts'
import type { CardStep, Screen } from '../../firmware/kiosk-state.ts'
import type { VirtualCard } from '../../hardware/nfc/virtual-card.ts'
import type { CardKeyring } from '../../protocol/card/keyring.ts'
import type { StationPath } from '../../protocol/district.ts'
import type { Lease } from '../../protocol/messages/lease.ts'
import type { Store } from '../../runtime/store.ts'
import { createWorld, type District, startDistrict, type World } from '../gateway/bench.ts'
import { ALDER, ALDER_KIOSK } from '../kit/demo-trust.ts'
import type { BusTransport } from '../kit/memory-bus.ts'
import { createMemoryStore } from '../kit/memory-store.ts'
import {
  createPlace,
  type HeadOptions,
  type KioskOptions,
  lineOf,
  listLog,
  type Place,
  startBenchKiosk,
} from './bench.ts'
import type { Standing } from './eyes.ts'
import { close } from './life.ts'

/** A kiosk with its surroundings, and a test's hands on both. */
export type Scene = {
  readonly world: World
  readonly kiosk: Kiosk
  readonly place: Place
  readonly store: Store
  readonly line: BusTransport
  readonly log: readonly string[]
  /** Lets time pass until the condition holds; false when it never does. */
  until(isTrue: () => boolean, seconds?: number): Promise<boolean>
  /** Lets time pass until that screen, or that step of the card screen, is there. */
  reach(name: Screen['name'], step?: CardStep): Promise<boolean>
  /** Goes from idle to the card screen with this person. */
  bringToCard(standing: Standing): Promise<boolean>
  /** A whole enrolment of this person on this card, which is lifted at the end. */
  enrol(standing: Standing, card: VirtualCard): Promise<Screen>
  /** Lays a card down for a tap and lifts it again. */
  tap(card: VirtualCard): Promise<Screen>
}

/** What differs from the usual scene: a kiosk of its own with a lease, and no gateway. */
export type SceneOptions = {
  readonly world?: World
  readonly path?: StationPath
  readonly store?: Store
  readonly leases?: readonly Lease[]
  readonly isOffline?: boolean
  readonly head?: HeadOptions
  readonly optics?: KioskOptions['optics']
  /** Opens another camera than the place's head. */
  readonly openCamera?: Place['openOrb']
  readonly cardKeyring?: CardKeyring
}

/** Opens a scene that closes with its test. */
export async function openScene(t: Test, options: SceneOptions = {}): Promise<Scene> {
  const world = options.world ?? createWorld([ALDER, ALDER_KIOSK])
  const path = options.path ?? ALDER_KIOSK
  const store = options.store ?? createMemoryStore()
  const place = createPlace(world.timers, options.head)
  if (options.openCamera !== undefined) Object.assign(place, { openOrb: options.openCamera })
  const line = lineOf(world, path)
  if (options.isOffline === true) line.cut()
  const log: string[] = []
  const { leases, optics } = options
  const kiosk = await startBenchKiosk(world, path, {
    ...{ store, place, transport: line, log: listLog(log) },
    cardKeyring: options.cardKeyring,
    ...(leases === undefined ? {} : { leases }),
    ...(optics === undefined ? {} : { optics }),
  })
  t.teardown(() => close(world, kiosk))

  async function until(isTrue: () => boolean, seconds = 30): Promise<boolean> {
    for (let step = 0; step < seconds * 20; step++) {
      if (isTrue()) return true
      await world.timers.advance(50)
    }
    return isTrue()
  }
  function reach(name: Screen['name'], step?: CardStep): Promise<boolean> {
    return until(() => {
      const { screen } = kiosk.state
      return screen.name === name && (screen.name !== 'card' || screen.step === (step ?? 'place'))
    })
  }
  async function bringToCard(standing: Standing): Promise<boolean> {
    place.standing = standing
    await kiosk.command({ name: 'begin' })
    await kiosk.command({ name: 'consent', isGiven: true })
    return reach('card')
  }
  async function lift(card: VirtualCard): Promise<void> {
    place.lift(card)
    await world.timers.advance(500)
  }
  return {
    ...{ world, kiosk, place, store, line, log, until, reach, bringToCard },
    async enrol(standing, card) {
      await bringToCard(standing)
      place.lay(card)
      await reach('done')
      const { screen } = kiosk.state
      place.standing = undefined
      await lift(card)
      await kiosk.command({ name: 'acknowledge' })
      return screen
    },
    async tap(card) {
      place.lay(card)
      await reach('tap')
      const { screen } = kiosk.state
      await lift(card)
      await kiosk.command({ name: 'acknowledge' })
      return screen
    },
  }
}

/** A world of one district whose gateway runs, with kiosks k1 and k2. */
export async function openDistrict(
  t: Test,
): Promise<{ readonly world: World; readonly district: District }> {
  const world = createWorld([ALDER, ALDER_KIOSK, `${ALDER}/k2`])
  const district = await startDistrict(t, world, ALDER, { peers: [], store: createMemoryStore() })
  return { world, district }
}
