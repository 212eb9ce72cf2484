import { toHex } from '../protocol/bytes.ts'
import { districtOf } from '../protocol/district.ts'
import { isIssued } from './enrolment/journal-row.ts'
import type { EnrolmentService } from './enrolment/service.ts'
import { STEP_DEVICE } from './enrolment/states.ts'
import type { KioskDeps } from './kiosk-deps.ts'
import type { DeviceState, KioskState, TapScreen } from './kiosk-state.ts'
import { kioskNameOf } from './relay/presence.ts'
import type { Rooms } from './rooms.ts'
import { screenOf } from './screen.ts'

/** What only the running kiosk knows. */
export type Moment = {
  readonly revision: number
  readonly orb: DeviceState
  readonly reader: DeviceState
  readonly panel: DeviceState | undefined
  readonly enrolment: Pick<EnrolmentService, 'state' | 'shown' | 'hasFlash'>
  readonly tap: TapScreen | undefined
}

/** The whole state of a kiosk, as its page shows it. */
export function snapshotOf(deps: KioskDeps, rooms: Rooms, moment: Moment): KioskState {
  const { station, clock, transport, gallery, config } = deps
  const { outbox, leases, finals } = rooms
  const now = clock.now()
  const { waiting, receipts, refused } = outbox
  const oldestQueued = waiting.reduce((first, { queued }) => Math.min(first, queued), now.unix)
  const { isConnected } = transport
  const people = gallery.size
  const { revision, orb, reader, panel, enrolment, tap } = moment
  const devices = { orb, reader, panel }
  return {
    revision,
    station: {
      path: station.path,
      district: districtOf(station.path),
      kiosk: kioskNameOf(station.path),
      isDemo: config.demo,
    },
    link: {
      isConnected,
      isRefused: transport.refusal !== undefined,
      queued: waiting.length,
      oldestS: now.unix - oldestQueued,
      receipts,
      refused,
      ...transport.counters(),
    },
    clock: now,
    devices,
    pausedFor: pausedFor(moment),
    people,
    enrolments: countsOf(rooms),
    indicesLeft: leases.left,
    screen: screenOf({
      enrolment,
      tap,
      people,
      isConnected,
      isQueued: (record) => outbox.has(toHex(record)),
      findFinal: (id) => finals.find(id),
    }),
  }
}

/** A tap that is answered waits for nothing, whatever the next one needs. */
function pausedFor({ enrolment, tap, ...devices }: Moment): KioskState['pausedFor'] {
  const needed = STEP_DEVICE[enrolment.state.name]
  if (needed === undefined || (enrolment.state.name === 'idle' && tap !== undefined))
    return undefined
  return devices[needed].status === 'ready' ? undefined : needed
}

function countsOf({ journal, finals }: Rooms): KioskState['enrolments'] {
  const issued = [...journal.rows.values()].filter(isIssued)
  const words = issued.map(({ credentialId, localSearch }) => {
    const word = finals.find(credentialId)?.state
    return word ?? (localSearch === 'candidate' ? 'second-look' : 'waiting')
  })
  const final = words.filter((word) => word === 'ready').length
  const secondLook = words.filter((word) => word === 'second-look').length
  return {
    final,
    secondLook,
    waiting: words.length - final - secondLook,
    unfinished: issued.filter(({ step }) => step !== 'done').length,
  }
}
