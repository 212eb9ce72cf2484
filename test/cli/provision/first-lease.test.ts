import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { grantFirstLeases } from '../../../cli/provision/first-lease.ts'
import { openLeases } from '../../../gateway/records/leases.ts'
import { randomBytes } from '../../../runtime/crypto.ts'
import { openLmdbStore } from '../../../runtime/lmdb-store.ts'
import { ALDER_KIOSK, DEMO_NOW } from '../../kit/demo-trust.ts'

t.test('a lease of provisioning is one that the gateway knows', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lease-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const place = { folder, key: new Uint8Array(32).fill(5) }
  const store = await openLmdbStore(place)
  t.teardown(() => store.close())
  const granted = await grantFirstLeases(store, [ALDER_KIOSK], DEMO_NOW)
  const lease = granted.get(ALDER_KIOSK)
  t.equal(lease?.count, 256)
  const leases = await openLeases(store, randomBytes, () => undefined)
  const status = { list: lease?.list ?? 0, index: lease?.start ?? 0 }
  t.ok(leases.isLeasedTo(ALDER_KIOSK, status))
  t.notOk(leases.isLeasedTo(`${ALDER_KIOSK}2`, status))
})
