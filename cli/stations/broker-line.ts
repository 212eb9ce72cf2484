import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import type { StationPath } from '../../protocol/district.ts'
import { DAY_S, type UnixSeconds } from '../../protocol/time.ts'
import type { KeyStore } from '../../runtime/key-store.ts'
import type { Log } from '../../runtime/log.ts'
import type { MqttOptions } from '../../runtime/mqtt-transport.ts'
import { type LoadedBundle, readTlsBundle } from '../../runtime/tls/bundle.ts'
import { openSessionFile } from '../../runtime/tls/session-file.ts'
import { passwordText } from './broker-access.ts'
import { loadKey } from './load-key.ts'

/** Who connects to which broker, and with what. */
export type BrokerLineOptions = {
  readonly station: StationPath
  readonly url: string
  /** The station's file for TLS, relative to `folder`; needed for `mqtts:`. */
  readonly tlsFile: string | undefined
  /** Folder of the configuration file. */
  readonly folder: string
  /** Folder of keys and store. */
  readonly data: string
  readonly keys: KeyStore
  /** Name of the key with the password, for a broker without TLS on this machine. */
  readonly passwordName: string
  /** What this connection is for, where a station has several to one broker. */
  readonly purpose?: string
  /** Keeps the last TLS session on disk; a fault there is told. */
  readonly onSessionFault?: (error: unknown) => void
}

/** How a station signs in, and when its certificate ends. */
export type BrokerLine = {
  readonly options: Pick<MqttOptions, 'url' | 'clientId'> &
    Partial<Pick<MqttOptions, 'username' | 'password' | 'tls' | 'sessions'>>
  /** Of the certificate; undefined without TLS. */
  readonly certificateEnds: number | undefined
}

/** Name of the file, in a station's data folder, with its last TLS session. */
export const TLS_SESSION = 'tls-session'

/** Reads what a station signs in with: a certificate with TLS, a password on a line within the machine. */
export async function openBrokerLine(options: BrokerLineOptions): Promise<BrokerLine> {
  const { station, url, tlsFile, folder, data, keys, passwordName, purpose = '' } = options
  const { onSessionFault } = options
  if (!url.startsWith('mqtts:')) {
    const password = passwordText(await loadKey(keys, passwordName, data))
    const clientId = purpose === '' ? station : `${station}:${purpose}`
    return { options: { url, clientId, username: station, password }, certificateEnds: undefined }
  }
  const tls = await readTlsBundle(resolve(folder, tlsFile ?? 'tls.pem'))
  const sessions =
    onSessionFault &&
    (await openSessionFile(join(data, TLS_SESSION), [url, tls.certificate], onSessionFault))
  return {
    options: { url, clientId: clientIdOf(tls, purpose), tls, ...(sessions && { sessions }) },
    certificateEnds: tls.ends,
  }
}

/**
 * A client's id begins with its name. The rest nobody else can guess, and stays the same: a broker
 * that does not compare ids with certificates would let a station end another one's connection by
 * taking its id, and a station that comes back takes the place of its own dead connection at once.
 */
export function clientIdOf({ commonName, privateKey }: LoadedBundle, purpose = ''): string {
  const secret = createHash('sha256').update(`client id ${purpose} ${privateKey}`).digest('hex')
  return `${commonName}:${secret.slice(0, 16)}`
}

/** How long before its end a certificate is spoken of. */
export const RENEW_BEFORE_S: number = 60 * DAY_S

/** Says in the log that a certificate ends soon, or has ended. */
export function warnOfEnd(
  ends: UnixSeconds | undefined,
  now: UnixSeconds,
  log: Log,
  fields: { readonly [name: string]: string },
): void {
  if (ends === undefined || ends > now + RENEW_BEFORE_S) return
  const days = Math.floor((ends - now) / DAY_S)
  log.warn(ends > now ? 'tls.certificate-ends-soon' : 'tls.certificate-ended', { days, ...fields })
}
