import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import {
  createRoots,
  type LocalStation,
  STATION_USES,
  signWorld,
} from '../../../cli/provision/authority.ts'
import { parseDistrictPath } from '../../../protocol/district.ts'
import { verifyMessage } from '../../../protocol/secp256k1.ts'
import { parseTrustList, stationKeys } from '../../../protocol/trust-list.ts'
import { openFileKeyStore } from '../../../runtime/key-store.ts'
import { createStationKeys } from '../../../runtime/station.ts'

const NOW = 1_800_000_000
const DISTRICT = parseDistrictPath('demo.a.b.c')

async function station(folder: string, path: string): Promise<LocalStation> {
  const role = path.includes('/') ? 'kiosk' : 'district'
  const keys = await openFileKeyStore(join(folder, path.replace('/', '-')))
  await createStationKeys(keys, STATION_USES[role])
  return { path, role, keys }
}

t.test('roots name districts, districts name kiosks, and the list verifies', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'world-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const roots = await createRoots(folder, parseDistrictPath('demo'), 3, 2)
  // A kiosk may be given before its district: the order of the list is ours to make.
  const stations = [await station(folder, `${DISTRICT}/k1`), await station(folder, DISTRICT)]
  const trust = parseTrustList(
    await signWorld(folder, roots, stations, 7, NOW),
    roots,
    verifyMessage,
  )
  t.equal(trust.version, 7)
  t.same(trust.districts, [DISTRICT])
  t.equal(stationKeys(trust, `${DISTRICT}/k1`, 'provisional', NOW).length, 1)
  t.equal(stationKeys(trust, DISTRICT, 'final', NOW).length, 1)
  t.equal(stationKeys(trust, `${DISTRICT}/k1`, 'provisional', NOW + 91 * 86_400).length, 0)
})

t.test('a kiosk without its district is refused', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'world-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const roots = await createRoots(folder, parseDistrictPath('demo'), 1, 1)
  const lone = await station(folder, `${DISTRICT}/k1`)
  await t.rejects(signWorld(folder, roots, [lone], 1, NOW), { code: 'call.provision' })
})
