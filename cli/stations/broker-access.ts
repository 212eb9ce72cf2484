import { createHmac, timingSafeEqual } from 'node:crypto'
import type { DistrictPath, StationPath } from '../../protocol/district.ts'
import { mayPublish, maySubscribe } from '../../protocol/topics.ts'
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
