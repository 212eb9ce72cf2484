import { type Kiosk, startKiosk } from '../../../firmware/kiosk.ts'
import { hasCode } from '../../../protocol/errors.ts'
import type { FlooredClock } from '../../../runtime/clock.ts'
import type { Log } from '../../../runtime/log.ts'
import type { Store } from '../../../runtime/store.ts'
import { kioskDeps, lineOf } from '../../firmware/bench.ts'
import { close } from '../../firmware/life.ts'
import type { World } from '../../gateway/bench.ts'
import { ALDER_KIOSK } from '../../kit/demo-trust.ts'
import { keyringFor, uidOf } from '../../kit/keyed-cards.ts'
import { CABLES, type CabledPlace } from '../../scenarios/cables/cabled-place.ts'
import { createMortalStore } from './mortal-store.ts'

/** What a kiosk's process stands on, and what outlives it. */
export type Ground = {
  readonly world: World
  readonly clock: FlooredClock
  readonly place: CabledPlace
  readonly store: Store
  readonly log: Log
  /** Where the kiosk's randomness comes from: seeded, so that a run can be played again. */
  readonly random: (lengthBytes: number) => Uint8Array
}

/** One process of a kiosk, from its start to its end or to a power cut. */
export type Life = {
  /** Absent where the power went while it started. */
  readonly kiosk: Kiosk | undefined
  /** The power goes: nothing is written from now on, no device hears anything more. */
  cutPower(): void
  /** Lets go of what is left of the process, in whatever time it takes. */
  end(): Promise<void>
}

/** Powers the devices and starts the kiosk. `onLife` has the life before its start is through. */
export async function startLife(ground: Ground, onLife: (life: Life) => void): Promise<Life> {
  const { world, clock, place, log, random } = ground
  const { store, die } = createMortalStore(ground.store)
  const transport = lineOf(world, ALDER_KIOSK)
  let kiosk: Kiosk | undefined
  const life: Life = {
    get kiosk() {
      return kiosk
    },
    cutPower: () => {
      die()
      transport.cut()
      for (const name of CABLES) place.cables[name].unplug(false)
    },
    end: async () => {
      if (kiosk !== undefined) await close(world, kiosk)
      await transport.close()
    },
  }
  onLife(life)
  for (const name of CABLES) place.cables[name].plug()
  try {
    const { timers, stations } = world
    const surroundings = { timers, stations, clock: { ...world.clock, now: () => clock.now() } }
    const deps = await kioskDeps(surroundings, ALDER_KIOSK, {
      ...{ store, transport, log, leases: [] },
      // What the kiosk needs of a place is how its devices are opened.
      place: place as never,
      cardKeyring: keyringFor('open', uidOf(1)),
      panel: { openPanel: place.openPanel, restartS: 0 },
    })
    kiosk = await startKiosk({ ...deps, clock, random })
  } catch (error) {
    if (!hasCode(error, 'store')) throw error
  }
  return life
}
