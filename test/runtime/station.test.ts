import { join } from 'node:path'
import t from 'tap'
import { kidBytesOf } from '../../protocol/cose-key.ts'
import { parseDelegation, signDelegation } from '../../protocol/delegation.ts'
import { verifyMessage } from '../../protocol/secp256k1.ts'
import { openFileKeyStore } from '../../runtime/key-store.ts'
import { createStationKeys, loadStation } from '../../runtime/station.ts'
import { ALDER_KIOSK, demoDelegation, demoSigner } from '../kit/demo-trust.ts'

const MESSAGE = Uint8Array.of(1, 2, 3)

t.test('a station signs with the keys that were made for it, after a restart too', async (t) => {
  const folder = join(t.testdir(), 'keys')
  const uses = ['relay', 'provisional', 'seal'] as const
  const keys = await createStationKeys(await openFileKeyStore(folder), uses)
  t.same(
    keys.map(({ use }) => use),
    uses,
  )
  const station = await loadStation(ALDER_KIOSK, await openFileKeyStore(folder), uses)
  for (const { use, publicKey } of keys) {
    const signer = station.signer(use as (typeof uses)[number])
    t.same(signer.kid, kidBytesOf(publicKey))
    t.ok(verifyMessage(publicKey, MESSAGE, signer.sign(MESSAGE)))
  }
  t.equal(station.path, ALDER_KIOSK)
  t.equal(station.sealKey.length, 32)
  const delegation = { ...demoDelegation(ALDER_KIOSK), keys }
  const signed = signDelegation(delegation, demoSigner('demo', 'delegation'))
  t.same(parseDelegation(signed).delegation.keys, keys)
})

t.test('each use has a key of its own', async (t) => {
  const keys = await createStationKeys(await openFileKeyStore(join(t.testdir(), 'keys')), [
    'relay',
    'seal',
  ])
  t.notSame(keys[0]?.publicKey, keys[1]?.publicKey)
})

t.test('keys once made are never made again', async (t) => {
  const keyStore = await openFileKeyStore(join(t.testdir(), 'keys'))
  await createStationKeys(keyStore, ['relay'])
  await t.rejects(createStationKeys(keyStore, ['relay']), { code: 'store.key-exists' })
})

t.test('a key that is not there is named, with what to do', async (t) => {
  const keyStore = await openFileKeyStore(join(t.testdir(), 'keys'))
  await createStationKeys(keyStore, ['relay'])
  await t.rejects(loadStation(ALDER_KIOSK, keyStore, ['relay', 'provisional']), {
    code: 'store.key-missing',
    message: /provisional key.*provision/,
  })
  const station = await loadStation(ALDER_KIOSK, keyStore, ['relay'])
  t.throws(() => station.signer('final'), { code: 'call.no-key', message: /final/ })
  t.throws(() => station.sealKey, { code: 'call.no-key' })
})
