import { createPrivateKey, X509Certificate } from 'node:crypto'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import { readSecretFile } from '../secret-file.ts'
import type { Credentials } from './authority.ts'

/** All that one end of TLS needs, as PEM: its own key and certificate, and whom it believes. */
export type TlsBundle = Credentials & { readonly authority: string }

/** A bundle out of its file, and what people should know of it. */
export type LoadedBundle = TlsBundle & {
  /** Common name of its own certificate: a station's key identifier in hex. */
  readonly commonName: string
  /** When its own certificate ends. */
  readonly ends: UnixSeconds
}

const MAX_BUNDLE_BYTES = 16_384
const BLOCK = /-----BEGIN ([A-Z ]{1,30})-----[A-Za-z0-9+/=\s]{1,8000}-----END \1-----/g

/** The text of a bundle's file: one file, so that a renewal replaces all of it at once. */
export function bundleText({ privateKey, certificate, authority }: TlsBundle): string {
  return [privateKey, certificate, authority].map((pem) => `${pem.trim()}\n`).join('')
}

/** Reads a bundle's file of mode 0600; throws `store.key-*` or `config.tls` saying what is wrong. */
export async function readTlsBundle(path: string): Promise<LoadedBundle> {
  const bytes = await readSecretFile(path, MAX_BUNDLE_BYTES)
  if (bytes === undefined) {
    throw new PersonhoodError('file.missing', `there is no ${path}: provision the station again`)
  }
  return parseTlsBundle(new TextDecoder().decode(bytes), path)
}

/** A bundle out of its text; `file` is what it is called in a fault. */
export function parseTlsBundle(text: string, file: string): LoadedBundle {
  const wrong = (what: string, cause?: unknown) =>
    new PersonhoodError('config.tls', `${file} ${what}`, { cause })
  const blocks = [...text.matchAll(BLOCK)].map(([pem, label]) => ({ pem: `${pem}\n`, label }))
  const keys = blocks.filter(({ label }) => label === 'PRIVATE KEY')
  const [own, authority] = blocks.filter(({ label }) => label === 'CERTIFICATE')
  const [key] = keys
  if (blocks.length !== 3 || key === undefined || own === undefined || authority === undefined) {
    throw wrong('is no private key, its certificate and the authority of the district, as PEM')
  }
  try {
    const certificate = new X509Certificate(own.pem)
    const issuer = new X509Certificate(authority.pem)
    if (!certificate.checkPrivateKey(createPrivateKey(key.pem))) {
      throw wrong('has a private key that is not its certificate’s')
    }
    if (!issuer.ca || !certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
      throw wrong('has a certificate that its authority did not sign')
    }
    return {
      privateKey: key.pem,
      certificate: own.pem,
      authority: authority.pem,
      commonName: /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? '',
      ends: Math.floor(Date.parse(certificate.validTo) / 1000),
    }
  } catch (cause) {
    if (cause instanceof PersonhoodError) throw cause
    throw wrong('holds a key or a certificate that cannot be read', cause)
  }
}
