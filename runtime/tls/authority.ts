import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { PersonhoodError } from '../../protocol/errors.ts'
import { DAY_S, type UnixSeconds } from '../../protocol/time.ts'
import { type CertificateKind, type Subject, signCertificate } from './x509.ts'

/** A certificate and its private key, both as PEM. */
export type Credentials = { readonly certificate: string; readonly privateKey: string }

/** A district's authority for TLS: who has its private key decides who reaches the broker. */
export type TlsAuthority = Credentials

/** A station that wants a certificate: a client of the broker. */
export type CertificateRequest = {
  /** Key identifier of the station's relay key, in hex: the certificate's common name. */
  readonly kid: string
  /** Its path, for people who read the certificate (O). */
  readonly path: string
}

/** A broker that wants a certificate. */
export type BrokerRequest = {
  /** Its district's path, for people who read the certificate (O). */
  readonly path: string
  /** DNS names and IP addresses where it is reached, at least one; the first is the common name. */
  readonly hosts: readonly string[]
}

const AUTHORITY_DAYS = 3650
/** A delegation of a kiosk ends earlier, and with it all rights: this only bounds a stolen key. */
const STATION_DAYS = 398
/** RFC 5280 appendix A.1, ub-common-name. */
const MAX_COMMON_NAME = 64
/** A slow clock takes a certificate of yesterday. */
const BACKDATE_S = DAY_S

/**
 * Makes a district's authority: an ECDSA key on P-256, a self-signed certificate of ten years. `kid` is
 * that of the key which delegates to the district's kiosks, never a relay key's.
 */
export function createTlsAuthority(kid: string, path: string, now: UnixSeconds): TlsAuthority {
  const { privateKey, publicKey } = keyPair()
  const subject = { commonName: kid, organisation: path }
  const certificate = signCertificate({
    subject,
    publicKey,
    issuer: subject,
    issuerKey: privateKey,
    notBefore: now - BACKDATE_S,
    notAfter: now + AUTHORITY_DAYS * DAY_S,
    kind: { name: 'authority' },
  })
  return { certificate, privateKey: pemOf(privateKey) }
}

/** Makes a key on P-256 for a station and certifies it for 398 days. */
export function issueCredentials(
  authority: TlsAuthority,
  { kid, path }: CertificateRequest,
  now: UnixSeconds,
): Credentials {
  if (!/^[0-9a-f]{16}$/.test(kid)) {
    throw new PersonhoodError('call.kid', `not a key identifier of 16 hex digits: ${kid}`)
  }
  const subject = { commonName: kid, organisation: path }
  return certify(authority, subject, { name: 'client' }, now)
}

/** Makes a key on P-256 for a broker and certifies it for 398 days, as a server and nothing else. */
export function issueBrokerCredentials(
  authority: TlsAuthority,
  { path, hosts }: BrokerRequest,
  now: UnixSeconds,
): Credentials {
  const [commonName] = hosts
  if (commonName === undefined) {
    throw new PersonhoodError('call.hosts', 'a broker has at least one name or address')
  }
  const subject = { commonName: commonName.slice(0, MAX_COMMON_NAME), organisation: path }
  return certify(authority, subject, { name: 'server', hosts }, now)
}

function certify(
  authority: TlsAuthority,
  subject: Subject,
  kind: CertificateKind,
  now: UnixSeconds,
): Credentials {
  const { privateKey, publicKey } = keyPair()
  const issuer = subjectOf(authority.certificate)
  // OpenSSL takes a certificate whose issuer has the same name for one that signed itself.
  if (issuer.commonName === subject.commonName) {
    throw new PersonhoodError('call.kid', `${issuer.commonName} is the authority's own name`)
  }
  const certificate = signCertificate({
    subject,
    publicKey,
    issuer,
    issuerKey: createPrivateKey(authority.privateKey),
    notBefore: now - BACKDATE_S,
    notAfter: now + STATION_DAYS * DAY_S,
    kind,
  })
  return { certificate, privateKey: pemOf(privateKey) }
}

function subjectOf(certificate: string): Subject {
  const { subject } = new X509Certificate(certificate)
  const [, organisation] = /^O=(.*)$/m.exec(subject) ?? []
  const [, commonName] = /^CN=(.*)$/m.exec(subject) ?? []
  if (commonName !== undefined && organisation !== undefined) return { commonName, organisation }
  throw new PersonhoodError('bytes.certificate', `no authority of ours: ${subject}`)
}

function keyPair(): { privateKey: KeyObject; publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function pemOf(key: KeyObject): string {
  return String(key.export({ type: 'pkcs8', format: 'pem' }))
}
