import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { DAY_S } from '../../../protocol/time.ts'
import { bundleText, parseTlsBundle, readTlsBundle } from '../../../runtime/tls/bundle.ts'
import { TLS_KIDS, tlsDistrict } from '../../kit/tls-district.ts'

const NOW = 1_800_000_000
const { k1, k2, broker } = tlsDistrict(NOW)

t.test('a bundle says who it is and when it ends, and reads back as it was written', async (t) => {
  const parsed = parseTlsBundle(bundleText(k1), 'tls.pem')
  t.same(parsed, k1)
  t.equal(parsed.commonName, TLS_KIDS.k1)
  t.equal(parsed.ends, NOW + 398 * DAY_S)
})

t.test('what does not belong together is refused by name', async (t) => {
  const other = tlsDistrict(NOW)
  const cases: readonly (readonly [string, RegExp])[] = [
    [bundleText({ ...k1, privateKey: k2.privateKey }), /private key/],
    [bundleText({ ...k1, authority: other.k1.authority }), /did not sign/],
    [bundleText({ ...k1, authority: k1.certificate }), /did not sign/],
    [bundleText(k1) + k2.certificate, /is no private key/],
    [k1.privateKey + k1.certificate, /is no private key/],
    [bundleText(k1).replaceAll('PRIVATE', 'PUBLIC'), /is no private key/],
    [bundleText(k1).replace(/(CERTIFICATE-----\n)[A-Za-z0-9+/]{20}/, '$1'), /cannot be read/],
    ['', /is no private key/],
  ]
  for (const [text, message] of cases) {
    t.throws(() => parseTlsBundle(text, 'tls.pem'), { code: 'config.tls', message })
  }
})

t.test('cut anywhere, or noise in it: a word of ours, or the same key', async (t) => {
  const text = bundleText(broker)
  fc.assert(
    fc.property(
      fc.nat(text.length - 1),
      fc.string({ maxLength: 3 }),
      fc.boolean(),
      (at, noise, isCut) => {
        const bad = isCut ? text.slice(0, at) : text.slice(0, at) + noise + text.slice(at + 1)
        try {
          return parseTlsBundle(bad, 'x').commonName === broker.commonName
        } catch (error) {
          return (error as { code?: unknown }).code === 'config.tls'
        }
      },
    ),
    { numRuns: 300 },
  )
  t.pass()
})

t.test('its file is for its owner alone', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'tls.pem')
  await t.rejects(readTlsBundle(file), { code: 'file.missing' })
  writeFileSync(file, bundleText(k1), { mode: 0o600 })
  t.same(await readTlsBundle(file), k1)
  chmodSync(file, 0o640)
  await t.rejects(readTlsBundle(file), { code: 'store.key-permissions' })
  chmodSync(file, 0o600)
  writeFileSync(file, 'x'.repeat(16_385))
  await t.rejects(readTlsBundle(file), { code: 'store.key-unreadable' })
})
