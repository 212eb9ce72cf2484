import {
  createTlsAuthority,
  issueBrokerCredentials,
  issueCredentials,
  type TlsAuthority,
} from '../../runtime/tls/authority.ts'
import { bundleText, type LoadedBundle, parseTlsBundle } from '../../runtime/tls/bundle.ts'

/** A district's TLS: its authority, a broker on 127.0.0.1 and localhost, two kiosks and a gateway. */
export type TlsDistrict = {
  readonly authority: TlsAuthority
  readonly broker: LoadedBundle
  readonly k1: LoadedBundle
  readonly k2: LoadedBundle
  readonly gateway: LoadedBundle
}

/** Key identifiers in the certificates. */
export const TLS_KIDS = {
  k1: '1111111111111111',
  k2: '2222222222222222',
  gateway: '9999999999999999',
} as const

/** Makes one, with certificates from `now` on. */
export function tlsDistrict(now: number = Math.floor(Date.now() / 1000)): TlsDistrict {
  const path = 'demo.east.lime.alder'
  const authority = createTlsAuthority('00112233445566aa', path, now)
  const load = (credentials: { readonly certificate: string; readonly privateKey: string }) =>
    parseTlsBundle(bundleText({ ...credentials, authority: authority.certificate }), 'tls.pem')
  const station = (kid: string) => load(issueCredentials(authority, { kid, path }, now))
  return {
    authority,
    broker: load(
      issueBrokerCredentials(authority, { path, hosts: ['localhost', '127.0.0.1'] }, now),
    ),
    k1: station(TLS_KIDS.k1),
    k2: station(TLS_KIDS.k2),
    gateway: station(TLS_KIDS.gateway),
  }
}
