import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { DAY_S } from '../../../protocol/time.ts'
import {
  createTlsAuthority,
  issueBrokerCredentials,
  issueCredentials,
} from '../../../runtime/tls/authority.ts'

const NOW = Math.floor(Date.now() / 1000)
const DISTRICT = 'demo.coast.port.alder'
const KIOSK = { kid: '0123456789abcdef', path: `${DISTRICT}/k1` }
const BROKER = { path: DISTRICT, hosts: ['broker.example', '127.0.0.1', '::1'] }
const skip = existsSync('/usr/bin/openssl') ? false : 'no openssl to check certificates with'

const authority = createTlsAuthority('00112233445566aa', DISTRICT, NOW)
const kiosk = issueCredentials(authority, KIOSK, NOW)
const broker = issueBrokerCredentials(authority, BROKER, NOW)

function openssl(...args: readonly string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' })
  return { status, said: stdout + stderr }
}

t.test("OpenSSL finds the chain whole and each certificate's purpose as meant", { skip }, (t) => {
  const folder = t.testdir({
    'ca.pem': authority.certificate,
    'kiosk.pem': kiosk.certificate,
    'broker.pem': broker.certificate,
  })
  const verify = (name: string, ...more: readonly string[]) =>
    openssl(
      'verify',
      '-x509_strict',
      '-CAfile',
      join(folder, 'ca.pem'),
      ...more,
      join(folder, name),
    )
  t.match(verify('ca.pem'), { status: 0, said: /OK/ })
  t.match(verify('kiosk.pem', '-purpose', 'sslclient'), { status: 0 })
  t.match(verify('broker.pem', '-purpose', 'sslserver', '-verify_ip', '127.0.0.1'), { status: 0 })
  t.match(verify('broker.pem', '-verify_hostname', 'broker.example'), { status: 0 })
  t.match(verify('broker.pem', '-verify_ip', '::1'), { status: 0 })
  t.not(verify('broker.pem', '-purpose', 'sslclient').status, 0, 'a broker is no station')
  t.not(verify('kiosk.pem', '-purpose', 'sslserver').status, 0, 'a kiosk is no broker')
  t.not(verify('broker.pem', '-verify_hostname', 'other.example').status, 0)
  const later = String(NOW + 400 * DAY_S)
  t.match(verify('kiosk.pem', '-attime', later).said, /expired/)
  t.equal(verify('ca.pem', '-attime', later).status, 0)

  const other = createTlsAuthority('00112233445566aa', DISTRICT, NOW)
  writeFileSync(join(folder, 'ca.pem'), other.certificate)
  t.not(verify('kiosk.pem').status, 0, 'another authority of the same name does not vouch for it')
  t.end()
})

t.test('what is in a certificate, as OpenSSL reads it', { skip }, (t) => {
  const folder = t.testdir({ 'ca.pem': authority.certificate, 'kiosk.pem': kiosk.certificate })
  const read = (name: string) => openssl('x509', '-noout', '-text', '-in', join(folder, name)).said
  const ca = read('ca.pem')
  t.match(ca, /Subject: O = demo\.coast\.port\.alder, CN = 00112233445566aa/)
  t.match(ca, /CA:TRUE, pathlen:0/)
  t.match(ca, /ASN1 OID: prime256v1/)
  t.match(ca, /Certificate Sign, CRL Sign/)
  const own = read('kiosk.pem')
  t.match(own, /Subject: O = demo\.coast\.port\.alder\/k1, CN = 0123456789abcdef/)
  t.match(own, /Signature Algorithm: ecdsa-with-SHA256/)
  t.match(own, /TLS Web Client Authentication/)
  t.notMatch(own, /TLS Web Server Authentication/)
  t.match(own, /Digital Signature/)
  t.end()
})

t.test('a certificate is for the key that comes with it, small, and never twice alike', (t) => {
  const parsed = new X509Certificate(kiosk.certificate)
  t.ok(parsed.checkIssued(new X509Certificate(authority.certificate)))
  t.ok(parsed.raw.length < 500, `${parsed.raw.length} bytes travel at each handshake`)
  const again = new X509Certificate(issueCredentials(authority, KIOSK, NOW).certificate)
  t.not(again.serialNumber, parsed.serialNumber)
  t.throws(() => issueCredentials(authority, { ...KIOSK, kid: 'k1' }, NOW), { code: 'call.kid' })
  const itself = { ...KIOSK, kid: '00112233445566aa' }
  t.throws(() => issueCredentials(authority, itself, NOW), { code: 'call.kid' })
  const nowhere = { ...BROKER, hosts: [] }
  t.throws(() => issueBrokerCredentials(authority, nowhere, NOW), { code: 'call.hosts' })
  t.end()
})
