import { hasCode } from '../../protocol/errors.ts'
import { errorFields } from '../../runtime/log.ts'
import type { Line } from '../config.ts'
import { type ByHand, type ByHandParts, createByHand } from './by-hand.ts'
import { type DownlinkParts, listenDown } from './downlink.ts'
import { createParcels, type Parcels } from './parcels.ts'
import { goneMessage, presenceMessage, type RetainedMessage } from './presence.ts'
import { createRequests, type RequestParts, type Requests } from './requests.ts'
import { type Sender, startSender } from './sender.ts'

/** What an uplink stands on. */
export type UplinkParts = RequestParts &
  Omit<DownlinkParts, 'onReceipt' | 'onNewTrust' | 'parcels'> &
  Pick<ByHandParts, 'openFinals'> & { readonly line: Line }

/** The kiosk's line to its gateway. Every wait of a resident goes on without it. */
export type Uplink = Pick<Requests, 'askFinals' | 'checkLeases'> &
  ByHand & {
    readonly isConnected: boolean
    close(): Promise<void>
  }

const TICK_MS = 60_000
const SAY_MS = 5000

/** Subscribes, keeps the outbox draining, and says that the kiosk is there, until closed. */
export async function startUplink(parts: UplinkParts): Promise<Uplink> {
  const { transport, timers } = parts
  const requests = createRequests(parts)
  const parcels = createParcels({ ...parts, onWhole: sendAgain })
  const sender = startRecordSender(parts, parcels)
  const sayPresence = createPresence(parts)
  let cancelTick = (): void => {}

  function tick(): void {
    cancelTick = timers.after(TICK_MS, tick)
    sayPresence()
    requests.checkLeases()
  }
  function sendAgain(): void {
    sender.setConnected(false)
    sender.setConnected(transport.isConnected)
  }
  function setConnected(isConnected: boolean): void {
    cancelTick()
    sender.setConnected(isConnected)
    if (isConnected) {
      tick()
      requests.watchFinals()
    }
    parts.onChange()
  }
  const downlink: DownlinkParts = {
    ...parts,
    parcels,
    onReceipt: requests.watchFinals,
    onNewTrust() {
      void retryRefused(parts)
      // It may have the key that a sealed record was waiting for.
      parcels.begin()
      sendAgain()
    },
  }
  const stopListening = await listenDown(downlink)
  await retryRefused(parts)
  const stopState = transport.onState(setConnected)
  setConnected(transport.isConnected)
  return {
    get isConnected() {
      return transport.isConnected
    },
    ...createByHand({ ...parts, ...downlink }),
    askFinals: requests.askFinals,
    checkLeases: requests.checkLeases,
    async close() {
      cancelTick()
      stopState()
      requests.close()
      sender.close()
      parcels.close()
      await sayGone(parts)
      await stopListening()
    },
  }
}

/** What was refused goes once more at each start and with each trust list: either may be the solution. */
async function retryRefused({ outbox, log }: UplinkParts): Promise<void> {
  await outbox.retryRefused().catch((error: unknown) => {
    if (!hasCode(error, 'store')) throw error
    log.warn('outbox.not-retried', errorFields(error))
  })
}

/** Sends rows of the outbox: signed, and sealed where they are biometric, at the moment of sending. */
function startRecordSender({ outbox, timers, log, line }: UplinkParts, parcels: Parcels): Sender {
  return startSender({
    ...{ outbox, timers, line, send: parcels.send },
    onFault: (record, error) =>
      log.warn('outbox.not-sent', { record: record.slice(0, 8), ...errorFields(error) }),
  })
}

/** Says what has changed since it was last said; over a new connection, all of it. */
function createPresence(parts: UplinkParts): () => void {
  const { station, messenger, transport, outbox, leases } = parts
  let lastSaid = ''
  transport.onState(() => {
    lastSaid = ''
  })
  return () => {
    const presence = { isHere: true, queued: outbox.waiting.length, indicesLeft: leases.left }
    const news = JSON.stringify(presence)
    if (!transport.isConnected || news === lastSaid) return
    lastSaid = news
    void say(parts, presenceMessage(messenger, station, presence))
  }
}

/** Says goodbye where the line is up; the will message says it where it is not. */
async function sayGone(parts: UplinkParts): Promise<void> {
  const { messenger, station, transport } = parts
  if (transport.isConnected) await say(parts, goneMessage(messenger, station))
}

async function say({ transport, log }: UplinkParts, message: RetainedMessage): Promise<void> {
  const { topic, payload, retain } = message
  const signal = AbortSignal.timeout(SAY_MS)
  await transport
    .publish(topic, payload, { retain, signal })
    .catch((error: unknown) => log.warn('uplink.not-said', errorFields(error)))
}
