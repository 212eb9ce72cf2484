import type { DistrictPath, StationPath } from '../../protocol/district.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import type { Transport } from '../../runtime/transport.ts'
import { type GatewayContext, now } from '../context.ts'
import { type Courier, createCourier } from './courier.ts'

/** A district that the configuration names: the way there, what is under way, when it was last heard. */
export type Peer = {
  readonly transport: Transport
  readonly courier: Courier
  readonly lastContact: UnixSeconds | undefined
}

/** All of them. */
export type Peers = {
  readonly all: ReadonlyMap<DistrictPath, Peer>
  readonly transports: ReadonlyMap<DistrictPath, Transport>
  courier(peer: StationPath): Courier | undefined
  /** A message of this station was verified. */
  heard(station: StationPath): void
  stop(): void
}

/** Makes a courier for each peer. */
export function openPeers(
  context: GatewayContext,
  transports: ReadonlyMap<DistrictPath, Transport>,
  on: { readonly change: () => void; readonly error: (error: unknown) => void },
): Peers {
  const { timers, log, policy, activity } = context
  const all = new Map<DistrictPath, Peer>()
  for (const [path, transport] of transports) {
    const courier = createCourier({
      transport,
      timers,
      log,
      resendMs: policy.resendSeconds * 1000,
      onError: on.error,
      onChange() {
        activity.check()
        on.change()
      },
    })
    activity.watch(() => courier.isQuiet)
    all.set(path, { transport, courier, lastContact: undefined })
  }
  return {
    all,
    transports,
    courier: (peer) => all.get(peer as DistrictPath)?.courier,
    heard(station) {
      const path = station as DistrictPath
      const peer = all.get(path)
      if (peer === undefined) return
      all.set(path, { ...peer, lastContact: now(context) })
      peer.courier.hear()
    },
    stop() {
      for (const { courier } of all.values()) courier.close()
    },
  }
}
