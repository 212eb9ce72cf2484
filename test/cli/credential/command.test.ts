import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { credentialCommand } from '../../../cli/credential/command.ts'
import { writeTrustFolder } from '../../../cli/trust-folder.ts'
import { createStatusBits, signStatusList, withStatus } from '../../../protocol/status-list.ts'
import {
  ALDER,
  DEMO_NOW,
  demoCredentialBytes,
  demoRoots,
  demoSigner,
  demoTrustList,
  nodeZlib,
} from '../../kit/demo-trust.ts'
import { capture } from '../../kit/io.ts'

async function world(t: Test, revokedIndex?: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'credential-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const valid = createStatusBits('valid')
  const bits = revokedIndex === undefined ? valid : withStatus(valid, revokedIndex, 'invalid')
  const list = { district: ALDER, list: 1, issued: DEMO_NOW, ttlS: 86_400, bits }
  const statusLists = [signStatusList(list, demoSigner(ALDER, 'final'), nodeZlib)]
  await writeTrustFolder(folder, { roots: demoRoots(), trustList: demoTrustList(), statusLists })
  writeFileSync(join(folder, 'card.cbor'), demoCredentialBytes())
  return folder
}

const AT = ['--at', String(DEMO_NOW)]

t.test('a good credential verifies offline and says what it rests on', async (t) => {
  const { io, out } = capture(await world(t))
  const code = await credentialCommand.run(
    ['verify', 'card.cbor', '--trust', '.', '--json', ...AT],
    io,
  )
  t.equal(code, 0)
  t.match(JSON.parse(out())[0], {
    outcome: 'go',
    proof: 'signature',
    assurance: 2,
    staleness: 'fresh',
    issuer: ALDER,
  })
})

t.test('a revoked or too weak credential is a negative answer', async (t) => {
  const revoked = capture(await world(t, 4711))
  t.equal(
    await credentialCommand.run(['verify', 'card.cbor', '--trust', '.', ...AT], revoked.io),
    1,
  )
  t.match(revoked.out(), 'revoked')
  const weak = capture(await world(t))
  const args = ['verify', 'card.cbor', '--trust', '.', '--assurance', '5', ...AT]
  t.equal(await credentialCommand.run(args, weak.io), 1)
  t.match(weak.out(), 'assurance-too-low')
})

t.test('show tells what a credential says without verifying it', async (t) => {
  const { io, out } = capture(await world(t))
  t.equal(await credentialCommand.run(['show', 'card.cbor'], io), 0)
  t.match(out(), /stage +final/)
  t.match(out(), /status_index +4711/)
})

t.test('what is missing is asked for', async (t) => {
  const { io } = capture('/')
  for (const args of [[], ['verify'], ['verify', 'x'], ['show'], ['show', '--what']]) {
    await t.rejects(
      async () => credentialCommand.run(args, io),
      { code: 'call.usage' },
      args.join(' '),
    )
  }
  const bad = ['verify', 'x', '--trust', '.', '--at', 'tomorrow']
  await t.rejects(credentialCommand.run(bad, capture(await world(t)).io), { code: 'call.usage' })
})

t.test('what is no credential is named, and so is an assurance that does not exist', async (t) => {
  const folder = await world(t)
  writeFileSync(join(folder, 'letter.txt'), 'Dear district,')
  const { io } = capture(folder)
  await t.rejects(credentialCommand.run(['show', 'letter.txt'], io), {
    code: 'bytes.credential',
    message: /^letter\.txt is not a credential: /,
  })
  const args = ['verify', 'card.cbor', '--trust', '.', '--assurance', '9']
  await t.rejects(credentialCommand.run(args, io), { code: 'call.usage' })
})
