import { createHmac, timingSafeEqual } from 'node:crypto'
import { type DistrictPath, districtOf, type StationPath } from '../../protocol/district.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import { mayPublish, maySubscribe } from '../../protocol/topics.ts'
import { isInForce, type Trust, type TrustedKey } from '../../protocol/trust-list.ts'
import type { BrokerRights } from '../../runtime/broker.ts'

/** Name in a station's key store of its password at its own district's broker. */
export const BROKER_PASSWORD = 'broker-password'

/** Name in a gateway's key store of the secret that its clients' passwords derive from. */
export const BROKER_SECRET = 'broker-secret'

/** Name in a gateway's key store of its password at a peer's broker. */
export function peerPasswordName(peer: DistrictPath): string {
  return `broker-${peer.replaceAll('.', '-')}`
}

/**
 * A client's password at an embedded broker, 32 bytes: a derivation of the broker's secret, so that
 * the gateway keeps no list of passwords. It guards the pipe only; messages guard themselves.
 */
export function brokerPassword(secret: Uint8Array, client: StationPath): Uint8Array {
  return new Uint8Array(createHmac('sha256', secret).update(client).digest())
}

/** How a password is sent. */
export function passwordText(password: Uint8Array): string {
  return Buffer.from(password).toString('hex')
}

/** The embedded broker's rights: clients of this district and its peers, each under its own topics. */
export function brokerRights(district: DistrictPath, secret: Uint8Array): BrokerRights {
  return {
    isKnown(client, password) {
      const expected = Buffer.from(passwordText(brokerPassword(secret, client)))
      const given = Buffer.from(password)
      return given.length === expected.length && timingSafeEqual(given, expected)
    },
    mayPublish: (client, topic) => mayPublish(district, client, topic),
    maySubscribe: (client, filter) => maySubscribe(district, client, filter),
  }
}

/**
 * Who a certificate's common name stands for, by the trust list of the moment: this district's gateway
 * and kiosks, and gateways of other districts, each by a relay key that is in force. Whom the list has
 * left out, or whose delegation has ended, is nobody, whatever the certificate says.
 */
export function stationsByKid(
  district: DistrictPath,
  trust: { readonly current: Trust },
  nowUnix: () => UnixSeconds,
): (kid: string) => StationPath | undefined {
  let known: Trust | undefined
  let relays = new Map<string, readonly TrustedKey[]>()
  return (kid) => {
    if (known !== trust.current) {
      known = trust.current
      relays = relaysOf(district, known)
    }
    const now = nowUnix()
    const inForce = (relays.get(kid) ?? []).filter((key) => isInForce(key, now))
    const stations = new Set(inForce.map(({ station }) => station))
    // Key identifiers have 8 bytes: where two stations share one, nobody knows who it is.
    return stations.size === 1 ? inForce[0]?.station : undefined
  }
}

function relaysOf(district: DistrictPath, { keys }: Trust): Map<string, readonly TrustedKey[]> {
  const relays = new Map<string, TrustedKey[]>()
  for (const key of keys) {
    const isOurs = districtOf(key.station) === district
    const isPeer = key.role === 'district'
    if (key.use !== 'relay' || !(isOurs || isPeer)) continue
    relays.set(key.kid, [...(relays.get(key.kid) ?? []), key])
  }
  return relays
}
