import { type JournalRow, journalSchema } from '../../firmware/enrolment/journal-row.ts'
import type { Kiosk } from '../../firmware/kiosk.ts'
import { startKiosk } from '../../firmware/kiosk.ts'
import type { Ntag424 } from '../../hardware/nfc/ntag424-simulator.ts'
import { hasCode } from '../../protocol/errors.ts'
import type { Lease } from '../../protocol/messages/lease.ts'
import { decodeRecord } from '../../protocol/schema.ts'
import type { Store } from '../../runtime/store.ts'
import type { World } from '../gateway/bench.ts'
import { ALDER_KIOSK } from '../kit/demo-trust.ts'
import { createPlace, kioskDeps, lineOf } from './bench.ts'
import { startPilot } from './pilot.ts'

/** What outlives a kiosk's process, and the line that it has. */
export type Life = {
  readonly store: Store
  readonly card: Ntag424
  readonly isConnected: boolean
  readonly leases?: readonly Lease[]
}

/** Runs a kiosk with a willing resident until the goal is reached or the store dies. */
export async function live(
  world: World,
  { store, card, isConnected, leases }: Life,
  isDone: (kiosk: Kiosk) => boolean,
): Promise<boolean> {
  const place = createPlace(world.timers, { speed: Number.POSITIVE_INFINITY })
  place.standing = { person: 1 }
  const transport = lineOf(world, ALDER_KIOSK)
  if (!isConnected) transport.cut()
  const options = { store, place, transport, ...(leases === undefined ? {} : { leases }) }
  const kiosk = await kioskDeps(world, ALDER_KIOSK, options)
    .then(startKiosk)
    .catch((error: unknown) => {
      // Dead while it started: the process would have ended.
      if (!hasCode(error, 'store')) throw error
      return undefined
    })
  if (kiosk === undefined) {
    await transport.close()
    return false
  }
  const pilot = startPilot(kiosk, place, card)
  let isReached = false
  for (let step = 0; step < 400 && !isReached; step++) {
    await world.timers.advance(50)
    isReached = isDone(kiosk)
    const { screen } = kiosk.state
    if (screen.name === 'stopped' && screen.reason === 'storage') break
  }
  pilot.stop()
  await close(world, kiosk)
  await transport.close()
  return isReached
}

/** Closes a kiosk, letting virtual time pass meanwhile. */
export async function close(world: World, kiosk: Kiosk): Promise<void> {
  let isClosed = false
  const closing = kiosk.close().then(() => {
    isClosed = true
  })
  while (!isClosed) await world.timers.advance(20)
  await closing
}

/** The journal in a store. */
export async function journalOf(store: Store): Promise<ReadonlyMap<string, JournalRow>> {
  const entries = await store.range('enrolment')
  return new Map(entries.map(({ key, value }) => [key, decodeRecord(journalSchema, value)]))
}
