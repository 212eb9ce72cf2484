// One kiosk with simulated devices and a willing resident, as a process of its own. It kills itself
// at the n-th commit, before or after that is durable, and ends with 0 once all is done.
import { existsSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { startKiosk } from '../../firmware/kiosk.ts'
import { createNtag424, restoreNtag424 } from '../../hardware/nfc/ntag424-simulator.ts'
import { processTimers } from '../../hardware/timers.ts'
import { openLmdbStore } from '../../runtime/lmdb-store.ts'
import { connectMqtt } from '../../runtime/mqtt-transport.ts'
import type { Store } from '../../runtime/store.ts'
import { ALDER, ALDER_KIOSK, DEMO_NOW } from '../kit/demo-trust.ts'
import { markStore, openMarker } from '../kit/power-cut/marked-store.ts'
import { createManualClock } from '../runtime/manual-clock.ts'
import { createPlace, kioskDeps } from './bench.ts'
import { isFinished, startPilot } from './pilot.ts'

/** What the process is told, as JSON in its first argument. */
export type KioskProcessOptions = {
  readonly url: string
  readonly folder: string
  readonly cardFile: string
  /** 0 = never. */
  readonly killAt: number
  readonly when: 'before' | 'after'
  /** Where a recording's marks go: each commit is marked as it begins and ends. */
  readonly marksIn?: string
}

const argument = process.argv[2]
if (argument === undefined) throw new Error('usage: kiosk-process JSON')
const options: KioskProcessOptions = JSON.parse(argument)
const { url, folder, cardFile, killAt, when, marksIn } = options

const card = existsSync(cardFile)
  ? restoreNtag424(Uint8Array.from(readFileSync(cardFile)))
  : createNtag424({ uid: Uint8Array.of(0x04, 1, 2, 3, 4, 5, 6) })
card.onChange(() => {
  writeFileSync(`${cardFile}.new`, card.snapshot())
  renameSync(`${cardFile}.new`, cardFile)
})

let commits = 0
function killingStore(inner: Store): Store {
  return {
    ...inner,
    get: (table, key) => inner.get(table, key),
    range: (table, range) => inner.range(table, range),
    close: () => inner.close(),
    async commit(change) {
      commits += 1
      if (commits !== killAt) return inner.commit(change)
      if (when === 'after') await inner.commit(change)
      process.kill(process.pid, 'SIGKILL')
      return new Promise(() => undefined)
    },
  }
}

const inner = await openLmdbStore({ folder, key: new Uint8Array(32).fill(3) })
const marked = marksIn === undefined ? inner : markStore(inner, openMarker(marksIn))
const store = killingStore(marked)
const transport = connectMqtt({
  url,
  clientId: ALDER_KIOSK,
  username: ALDER_KIOSK,
  random: Math.random,
  retryMinMs: 20,
})
const place = createPlace(processTimers, { speed: Number.POSITIVE_INFINITY })
place.standing = { person: 1 }
const world = {
  clock: createManualClock(DEMO_NOW),
  timers: processTimers,
  stations: [ALDER, ALDER_KIOSK],
}
const kiosk = await startKiosk(
  await kioskDeps(world, ALDER_KIOSK, { store, place, transport, leases: [] }),
)
const pilot = startPilot(kiosk, place, card)
await new Promise<void>((resolve) => {
  const look = (): void => {
    const { state } = kiosk
    if (isFinished(state) && state.link.queued === 0 && state.enrolments.final === 1) resolve()
  }
  kiosk.onState(look)
  look()
})
pilot.stop()
await kiosk.close()
await transport.close()
await inner.close()
writeSync(1, `${commits}\n`)
process.exit(0)
