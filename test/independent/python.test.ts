import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { fromText, toHex } from '../../protocol/bytes.ts'
import { kidOf } from '../../protocol/cose-key.ts'
import { sealTo } from '../../protocol/seal.ts'
import { coordinates } from '../../protocol/secp256k1.ts'
import { createStatusBits, signStatusList, withStatus } from '../../protocol/status-list.ts'
import { DAY_S } from '../../protocol/time.ts'
import { randomBytes } from '../../runtime/crypto.ts'
import { nodeAead } from '../../runtime/messenger.ts'
import {
  ALDER,
  ALDER_KIOSK,
  DEMO_NOW,
  demoCredentialBytes,
  demoKey,
  demoPublicKey,
  demoSigner,
  nodeZlib,
} from '../kit/demo-trust.ts'
import { readVectors } from '../kit/vectors.ts'

// Debian's, whose packages these are; another python3 may come first in the path.
const PYTHON = '/usr/bin/python3'
const probe = spawnSync(PYTHON, ['-c', 'import cbor2, cryptography'])
const skip =
  probe.status === 0 ? false : `${PYTHON} has no cbor2 and cryptography (apt: python3-cbor2 …)`

const SCRIPTS = join('test', 'independent')
const FINAL = demoPublicKey(ALDER, 'final')

function hexOf(publicKey: Uint8Array): { x: string; y: string } {
  const { x, y } = coordinates(publicKey)
  return { x: toHex(x), y: toHex(y) }
}

function run(script: string, args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(PYTHON, [join(SCRIPTS, script), ...args], {
    input,
    encoding: 'utf8',
    timeout: 30_000,
  })
  return { status, stdout, stderr }
}

/** A folder as `personhood demo --out` writes it. */
function writeFolder(folder: string, credentials: { readonly [name: string]: Uint8Array }): string {
  mkdirSync(join(folder, 'credentials'), { recursive: true })
  for (const [name, bytes] of Object.entries(credentials)) {
    writeFileSync(join(folder, 'credentials', `${name}.cbor`), bytes)
  }
  const keys = [FINAL, demoPublicKey(ALDER_KIOSK, 'provisional')].map(({ publicKey }) => [
    kidOf(publicKey),
    { crv: 'secp256k1', ...hexOf(publicKey) },
  ])
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(Object.fromEntries(keys)))
  return folder
}

t.test('a reader that shares no code with us reads what we write', { skip }, async (t) => {
  const body = fromText('an iris template')
  const aad = fromText('who to whom')
  const bits = withStatus(withStatus(createStatusBits('valid'), 5, 'suspended'), 65_535, 'invalid')
  const list = { district: ALDER, list: 3, issued: DEMO_NOW, ttlS: DAY_S, bits }
  const given = {
    credential: { bytes: toHex(demoCredentialBytes()), ...hexOf(FINAL.publicKey) },
    sealed: {
      bytes: toHex(
        sealTo(demoPublicKey(ALDER, 'seal').publicKey, body, aad, nodeAead, randomBytes),
      ),
      privateKey: toHex(demoKey(ALDER, 'seal')),
      aad: toHex(aad),
    },
    statusList: {
      bytes: toHex(signStatusList(list, demoSigner(ALDER, 'final'), nodeZlib)),
      ...hexOf(FINAL.publicKey),
      indices: [4, 5, 6, 65_534, 65_535],
    },
  }
  const { status, stdout, stderr } = run('check_protocol.py', [], JSON.stringify(given))
  t.equal(status, 0, stderr)
  t.same(JSON.parse(stdout), {
    credential: {
      kid: kidOf(FINAL.publicKey),
      expires: DEMO_NOW + 365 * DAY_S,
      issued: DEMO_NOW - 60,
      id: '0102030405060708',
      assurance: 2,
      cardBinding: 'cb'.repeat(16),
      status: [1, 4711],
      stage: 'final',
    },
    sealed: { plaintext: toHex(body), kid: kidOf(demoPublicKey(ALDER, 'seal').publicKey) },
    statusList: {
      subject: ALDER,
      list: 3,
      issued: DEMO_NOW,
      ttl: DAY_S,
      bytes: 16_384,
      statuses: [0, 2, 0, 0, 1],
    },
  })
})

t.test('a folder of good credentials passes, one line for each', { skip }, async (t) => {
  const folder = writeFolder(t.testdir(), {
    a: demoCredentialBytes(),
    b: demoCredentialBytes({ stage: 'provisional', assurance: 1 }),
  })
  const { status, stdout } = run('verify_credentials.py', [folder])
  t.equal(status, 0)
  t.match(stdout, /^ok a\.cbor: 143 bytes, final.*\nok b\.cbor: 143 bytes, provisional.*\n$/)
})

t.test('a folder with one bad credential, or none, fails', { skip }, async (t) => {
  const good = demoCredentialBytes()
  const changed = good.with(60, 0)
  const stranger = demoCredentialBytes({}, 'demo.stranger' as typeof ALDER)
  const other = { ...demoSigner(ALDER_KIOSK, 'provisional'), kid: demoSigner(ALDER, 'final').kid }
  const wrong: readonly [string, Uint8Array][] = [
    ['changed', changed],
    ['stranger', stranger],
    ['cut', good.slice(0, 100)],
    ['empty', new Uint8Array()],
    ['signature', Uint8Array.from([...good.slice(0, -64), ...other.sign(good)])],
  ]
  for (const [name, bytes] of wrong) {
    const folder = writeFolder(join(t.testdir(), name), { good, [name]: bytes })
    const { status, stdout } = run('verify_credentials.py', [folder])
    t.equal(status, 1, name)
    t.match(stdout, new RegExp(`not ok ${name}\\.cbor`), name)
    t.match(stdout, /^ok good\.cbor/m)
  }
  t.equal(run('verify_credentials.py', [writeFolder(join(t.testdir(), 'none'), {})]).status, 1)
  t.not(run('verify_credentials.py', []).status, 0)
})

t.test('the golden messages can be made again', { skip }, async (t) => {
  const { status, stdout } = run('make_golden.py', [])
  t.equal(status, 0)
  const kept = readVectors<{ readonly issuer: object }>('golden.json')
  const made = JSON.parse(stdout) as typeof kept
  t.same(Object.keys(made), Object.keys(kept))
  t.same(made.issuer, kept.issuer)
})
