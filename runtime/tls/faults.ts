import { PersonhoodError } from '../../protocol/errors.ts'

/** What OpenSSL and Node call it, by the end of their code, and what an operator should hear. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  // Alerts of the other side about our certificate (RFC 8446 §6.2).
  [
    /ALERT_CERTIFICATE_EXPIRED$/,
    "this station's certificate has ended, or the broker's clock is wrong: the district renews the certificate by file",
  ],
  [
    /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN)$/,
    "the broker does not know this station's certificate: it is of another district or of an older authority; the district provisions the station again",
  ],
  [/ALERT_CERTIFICATE_REVOKED$/, "this station's certificate was withdrawn by the district"],
  [
    /ALERT_CERTIFICATE_REQUIRED$/,
    'the broker asks for a certificate and this station has none: name its file with tls_file under [broker]',
  ],
  [/ALERT_ACCESS_DENIED$/, 'the broker does not let this station in'],
  // What we find about theirs.
  [
    /^CERT_HAS_EXPIRED$/,
    "the broker's certificate has ended, or this machine's clock is ahead: see to the clock, then to the district's broker",
  ],
  [
    /^CERT_NOT_YET_VALID$/,
    "the broker's certificate is not valid yet: this machine's clock is most likely behind",
  ],
  [
    /ALTNAME_INVALID$/,
    "the broker's certificate is for other names than this address: it is another machine, or was made for other names",
  ],
  [
    /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_SIGNATURE_FAILURE$|CERT_UNTRUSTED$|INVALID_)/,
    "the broker's certificate is not of this district's authority: it is another machine, or the district has a new authority and the station must be provisioned again",
  ],
]

/**
 * A fault of TLS in words, `link.down.tls`; undefined where the fault is another. `where` is the
 * broker's address.
 */
export function tlsFaultOf(cause: unknown, where: string): PersonhoodError | undefined {
  const { code } = (cause ?? {}) as { readonly code?: unknown }
  if (typeof code !== 'string') return undefined
  const sentence = SENTENCES.find(([pattern]) => pattern.test(code))?.[1]
  const isTls = sentence !== undefined || /^ERR_(SSL|TLS)_|^EPROTO$/.test(code)
  if (!isTls) return undefined
  const said = sentence ?? 'the two sides did not agree on TLS'
  return new PersonhoodError('link.down.tls', `${where}: ${said} (${code})`, { cause })
}
