import { resolve } from 'node:path'
import type { KioskConfig } from '../../firmware/config.ts'
import type { Kiosk } from '../../firmware/kiosk.ts'
import { askControl, type ControlAct, nothing } from '../../runtime/control.ts'
import type { Log } from '../../runtime/log.ts'
import { openKioskStation } from '../stations/kiosk-station.ts'

/** What waits on a kiosk. */
export type QueueStatus = {
  readonly station: string
  readonly isConnected: boolean
  readonly queued: number
  readonly oldest_s: number
  readonly receipts: number
  readonly refused: number
  readonly waiting_for_final: number
  readonly indices_left: number
}

/** What may be asked of a kiosk. */
export type KioskAct = 'status' | 'export' | 'import'

/** Asks a kiosk, wherever it is: in its own process, or in this one for the moment. */
export type KioskDesk = <T>(
  act: KioskAct,
  source?: AsyncIterable<Uint8Array>,
  take?: (bytes: Uint8Array) => Promise<void>,
) => Promise<T>

/** What a kiosk does for `personhood queue`. */
export function kioskActs(kiosk: Kiosk): Readonly<Record<KioskAct, ControlAct>> {
  return {
    status: answering(() => Promise.resolve(statusOf(kiosk))),
    export: () => kiosk.exportQueue(),
    import: answering((source) => kiosk.importAnswers(source)),
  }
}

function statusOf({ state }: Kiosk): QueueStatus {
  const { station, link, enrolments, indicesLeft } = state
  const { isConnected, queued, oldestS, receipts, refused } = link
  return {
    ...{ station: station.path, isConnected, queued, oldest_s: oldestS, receipts, refused },
    ...{ waiting_for_final: enrolments.waiting, indices_left: indicesLeft },
  }
}

/** An act that gives no bytes, only a value. */
function answering(act: (source: AsyncIterable<Uint8Array>) => Promise<unknown>): ControlAct {
  // biome-ignore lint/correctness/useYield: no bytes, only a value
  return async function* (source) {
    return await act(source)
  }
}

/**
 * A desk at the kiosk of a configuration. Where its process runs, that one does it, for a store has
 * one owner; where none runs the kiosk is opened here, without its line and devices.
 */
export function kioskDesk(config: KioskConfig, folder: string, log: Log): KioskDesk {
  return async <T>(
    act: KioskAct,
    source: AsyncIterable<Uint8Array> = nothing(),
    take = async (_: Uint8Array): Promise<void> => undefined,
  ): Promise<T> => {
    const asked = await askControl<T>(resolve(folder, config.data), act, source, take)
    if (asked !== undefined) return asked.value
    const station = await openKioskStation({ config, folder, log, isByHand: true })
    try {
      const pieces = kioskActs(station.kiosk)[act](source)
      let next = await pieces.next()
      for (; next.done !== true; next = await pieces.next()) await take(next.value)
      return next.value as T
    } finally {
      await station.close()
    }
  }
}
