import { deflate, inflate } from '../runtime/crypto.ts'
import { readClockFloor } from './clock-floor.ts'
import { partsOfIssue } from './enrolment/issue-parts.ts'
import { type Journal, openJournal } from './enrolment/journal.ts'
import { type Leases, openLeases } from './enrolment/leases.ts'
import type { KioskDeps } from './kiosk-deps.ts'
import { type Finals, openFinals } from './relay/finals.ts'
import { type Outbox, openOutbox } from './relay/outbox.ts'
import { openStatusLists, type StatusLists } from './relay/status-lists.ts'
import { openTapCounter, type TapCounter } from './tap/counts.ts'
import { openUpgrades, type Upgrades } from './tap/upgrade.ts'

/** What a kiosk keeps in its store. */
export type Rooms = {
  readonly leases: Leases
  readonly outbox: Outbox
  readonly journal: Journal
  readonly finals: Finals
  readonly statusLists: StatusLists
  readonly upgrades: Upgrades
  readonly counter: TapCounter
  readonly floorUnix: number
}

/** Opens all of it. */
export async function openRooms(deps: KioskDeps): Promise<Rooms> {
  const { store, gallery, random, config, clock, trust, verify } = deps
  const nowUnix = () => clock.now().unix
  const leases = await openLeases({ store, provisioned: config.leases, random })
  const outbox = await openOutbox(store, nowUnix)
  const journal = await openJournal({
    store,
    leases,
    partsOfIssue: partsOfIssue({ outbox, gallery, ...config.relay }),
  })
  const finals = await openFinals(store, (id) => journal.find(id) !== undefined)
  const zlib = { deflate, inflate }
  return {
    leases,
    outbox,
    journal,
    finals,
    statusLists: await openStatusLists({ store, trust, clock, verify, zlib }),
    upgrades: await openUpgrades(store, (id) => finals.markUpgraded(id)),
    counter: await openTapCounter({ store, outbox, nowUnix, random }),
    floorUnix: await readClockFloor(store),
  }
}
