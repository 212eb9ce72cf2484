import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type TlsOptions } from 'node:tls'
import t from 'tap'
import type { PersonhoodError } from '../../../protocol/errors.ts'
import { DAY_S } from '../../../protocol/time.ts'
import { connectMqtt, type MqttOptions } from '../../../runtime/mqtt-transport.ts'
import { tlsFaultOf } from '../../../runtime/tls/faults.ts'
import { tlsDistrict } from '../../kit/tls-district.ts'

const NOW = Math.floor(Date.now() / 1000)
const ours = tlsDistrict()
const other = tlsDistrict()

/** What a station says of a broker with these options of TLS. */
async function faultWith(
  { broker, ...more }: TlsOptions & { readonly broker: typeof ours.broker },
  station: Partial<MqttOptions>,
  host = 'localhost',
): Promise<PersonhoodError> {
  const server = createServer({ cert: broker.certificate, key: broker.privateKey, ...more })
  server.on('tlsClientError', () => undefined)
  server.on('secureConnection', (socket) => socket.destroy())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const fault = await new Promise<PersonhoodError>((resolve) => {
    const transport = connectMqtt({
      ...{ url: `mqtts://${host}:${port}`, clientId: 'c', random: () => 0, retryMinMs: 5 },
      ...station,
      onFault: (error) => void transport.close().then(() => resolve(error)),
    })
  })
  server.close()
  return fault
}

t.test("a broker's certificate that is not right is told in words", async (t) => {
  const cases = [
    [other.broker, ours.k1, 'localhost', /not of this district's authority/],
    [other.broker, undefined, 'localhost', /not of this district/],
    [ours.broker, ours.k1, '[::ffff:127.0.0.1]', /other names than this address/],
  ] as const
  for (const [broker, tls, host, message] of cases) {
    const fault = await faultWith({ broker }, tls ? { tls } : {}, host)
    t.match(fault, { code: 'link.down.tls', message })
  }
  const old = tlsDistrict(NOW - 500 * DAY_S)
  t.match(await faultWith({ broker: old.broker }, { tls: old.k1 }), {
    code: 'link.down.tls',
    message: /has ended, or this machine's clock is ahead/,
  })
  const young = tlsDistrict(NOW + 10 * DAY_S)
  t.match(await faultWith({ broker: young.broker }, { tls: young.k1 }), {
    code: 'link.down.tls',
    message: /clock is most likely behind/,
  })
})

t.test('alerts about our own certificate are told in words (RFC 8446 §6.2)', async (t) => {
  const alerts: readonly (readonly [string, RegExp])[] = [
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', /renews the certificate by file/],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', /provisions the station again/],
    ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', /provisions the station again/],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /tls_file/],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED', /withdrawn/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /did not agree on TLS/],
  ]
  for (const [code, message] of alerts) {
    const cause = Object.assign(new Error('alert'), { code })
    t.match(tlsFaultOf(cause, 'mqtts://b'), { code: 'link.down.tls', message, cause })
  }
})

t.test('other faults are not of TLS', async (t) => {
  for (const cause of [
    undefined,
    null,
    7,
    new Error('x'),
    { code: 5 },
    { code: 'ECONNREFUSED' },
    { code: 'ENOTFOUND' },
  ]) {
    t.equal(tlsFaultOf(cause, 'mqtts://b'), undefined)
  }
})
