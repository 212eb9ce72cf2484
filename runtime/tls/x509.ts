import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'
import type { UnixSeconds } from '../../protocol/time.ts'
import { randomBytes } from '../crypto.ts'

/** Who a certificate names: a common name (CN), and for people an organisation (O). */
export type Subject = { readonly commonName: string; readonly organisation: string }

/** What a certificate says (RFC 5280 §4.1), besides serial number and signature. */
export type CertificateContent = {
  readonly subject: Subject
  readonly publicKey: KeyObject
  readonly issuer: Subject
  readonly issuerKey: KeyObject
  readonly notBefore: UnixSeconds
  readonly notAfter: UnixSeconds
  readonly kind: CertificateKind
}

/** An authority, which signs certificates and no others below it; or one end of TLS, never both. */
export type CertificateKind =
  | { readonly name: 'authority' }
  | { readonly name: 'client' }
  /** `hosts`: DNS names and IP addresses where it is reached. */
  | { readonly name: 'server'; readonly hosts: readonly string[] }

/** ecdsa-with-SHA256, RFC 5758 §3.2: without parameters. */
const ECDSA_SHA256 = '1.2.840.10045.4.3.2'
const COMMON_NAME = '2.5.4.3'
const ORGANISATION = '2.5.4.10'
/** RFC 5280 §4.1.2.2: positive, at most 20 octets; CA/B asks for 64 random bits. */
const SERIAL_BYTES = 16
const KEY_ID_BYTES = 20

/** Signs a certificate with ECDSA over P-256 and gives it as PEM. */
export function signCertificate(content: CertificateContent): string {
  const signatureAlgorithm = new AlgorithmIdentifier({ algorithm: ECDSA_SHA256 })
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: serialNumber(),
    signature: signatureAlgorithm,
    issuer: nameOf(content.issuer),
    validity: new Validity({
      notBefore: new Date(content.notBefore * 1000),
      notAfter: new Date(content.notAfter * 1000),
    }),
    subject: nameOf(content.subject),
    subjectPublicKeyInfo: publicKeyInfo(content.publicKey),
    extensions: new Extensions(extensionsOf(content)),
  })
  const signed = Buffer.from(AsnConvert.serialize(tbsCertificate))
  const signatureValue = arrayBuffer(sign('sha256', signed, content.issuerKey))
  const certificate = new Certificate({ tbsCertificate, signatureAlgorithm, signatureValue })
  return pem('CERTIFICATE', new Uint8Array(AsnConvert.serialize(certificate)))
}

function extensionsOf(content: CertificateContent): Extension[] {
  const { kind } = content
  if (kind.name === 'authority') {
    const constraints = new BasicConstraints({ cA: true, pathLenConstraint: 0 })
    const usage = new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)
    return [
      extension(id_ce_basicConstraints, true, constraints),
      extension(id_ce_keyUsage, true, usage),
      extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyId(content))),
    ]
  }
  // A broker's machine must not pass for a station, nor a station for a broker.
  const purposes = [kind.name === 'server' ? id_kp_serverAuth : id_kp_clientAuth]
  const hosts = kind.name === 'server' ? kind.hosts : []
  const issuer = new AuthorityKeyIdentifier({
    keyIdentifier: new KeyIdentifier(keyId({ publicKey: createPublicKey(content.issuerKey) })),
  })
  const names = hosts.map(
    (host) => new GeneralName(isAddress(host) ? { iPAddress: host } : { dNSName: host }),
  )
  return [
    extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
    extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage(purposes)),
    extension(id_ce_authorityKeyIdentifier, false, issuer),
    ...(names.length === 0
      ? []
      : [extension(id_ce_subjectAltName, false, new SubjectAlternativeName(names))]),
  ]
}

function extension(extnID: string, critical: boolean, value: object): Extension {
  const extnValue = new OctetString(AsnConvert.serialize(value))
  return new Extension({ extnID, critical, extnValue })
}

function nameOf({ commonName, organisation }: Subject): Name {
  const part = (type: string, text: string) => {
    const value = new AttributeValue({ utf8String: text })
    return new RelativeDistinguishedName([new AttributeTypeAndValue({ type, value })])
  }
  return new Name([part(ORGANISATION, organisation), part(COMMON_NAME, commonName)])
}

function publicKeyInfo(publicKey: KeyObject): SubjectPublicKeyInfo {
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return AsnConvert.parse(der, SubjectPublicKeyInfo)
}

/** RFC 7093 §2, method 1: the first 160 bits of SHA-256 over the public key. */
function keyId({ publicKey }: Pick<CertificateContent, 'publicKey'>): ArrayBuffer {
  const key = new Uint8Array(publicKeyInfo(publicKey).subjectPublicKey)
  return arrayBuffer(createHash('sha256').update(key).digest().subarray(0, KEY_ID_BYTES))
}

function serialNumber(): ArrayBuffer {
  const bytes = randomBytes(SERIAL_BYTES)
  // Positive, and not shortened by a leading zero.
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return arrayBuffer(bytes)
}

function isAddress(host: string): boolean {
  return /^[\d.]+$|:/.test(host)
}

function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer
}

function pem(label: string, der: Uint8Array): string {
  const base64 = Buffer.from(der).toString('base64')
  const lines = base64.match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
