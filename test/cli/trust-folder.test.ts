import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parseRoots, readTrustFolder, rootsJson, writeTrustFolder } from '../../cli/trust-folder.ts'
import { createStatusBits, signStatusList } from '../../protocol/status-list.ts'
import {
  ALDER,
  DEMO_NOW,
  demoRoots,
  demoSigner,
  demoTrustList,
  nodeZlib,
} from '../kit/demo-trust.ts'

t.test(
  'a trust folder holds all that a verifier needs, the newest status list first',
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'trust-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    const listAt = (issued: number) =>
      signStatusList(
        { district: ALDER, list: 1, issued, ttlS: 60, bits: createStatusBits('valid') },
        demoSigner(ALDER, 'final'),
        nodeZlib,
      )
    const statusLists = [listAt(DEMO_NOW), listAt(DEMO_NOW - 500)]
    await writeTrustFolder(folder, { roots: demoRoots(), trustList: demoTrustList(), statusLists })
    const { trust, status } = await readTrustFolder(folder)
    t.equal(trust.version, 1)
    t.equal(status(ALDER, 1)?.issued, DEMO_NOW)
    t.equal(status(ALDER, 2), undefined)
    writeFileSync(join(folder, 'trust.cbor'), Uint8Array.of(0x80))
    await t.rejects(readTrustFolder(folder), { code: 'bytes.trust' })
  },
)

t.test('roots are read as they are written, and nothing less', async (t) => {
  t.same(parseRoots(rootsJson(demoRoots(2, 3))), demoRoots(2, 3))
  const hex = 'ab'.repeat(33)
  for (const bad of [
    '',
    '{}',
    `{"path":"demo","threshold":2,"publicKeys":["${hex}"]}`,
    `{"path":"demo","threshold":0,"publicKeys":["${hex}"]}`,
    '{"path":"demo","threshold":1,"publicKeys":["zz"]}',
    `{"path":"A b","threshold":1,"publicKeys":["${hex}"]}`,
  ]) {
    t.throws(() => parseRoots(bad), { name: 'PersonhoodError' }, bad)
  }
})
