import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { DEMO_DISTRICTS, openWorld } from '../../../cli/provision/world.ts'
import { parseKioskConfig } from '../../../firmware/config.ts'
import { parseGatewayConfig } from '../../../gateway/config.ts'
import { verifyMessage } from '../../../protocol/secp256k1.ts'
import { DAY_S } from '../../../protocol/time.ts'
import { parseTrustList } from '../../../protocol/trust-list.ts'

const NOW = 1_800_000_000

function place(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'world-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'w')
}

function trustOf(folder: string, roots: Parameters<typeof parseTrustList>[1]) {
  const bytes = new Uint8Array(readFileSync(join(folder, 'trust.cbor')))
  return parseTrustList(bytes, roots, verifyMessage)
}

t.test(
  'a world has keys that others cannot read, configurations that parse, one trust list',
  async (t) => {
    const folder = place(t)
    const world = await openWorld(folder, DEMO_DISTRICTS, NOW)
    for (const { config, path } of world.gateways) {
      t.equal(parseGatewayConfig(readFileSync(config, 'utf8'), config).station, path)
    }
    for (const { config, path, folder: own } of world.kiosks) {
      const parsed = parseKioskConfig(readFileSync(config, 'utf8'), config)
      t.equal(parsed.station, path)
      t.equal(parsed.leases[0]?.count, 256, 'it can enrol before it has ever had a line')
      t.equal(statSync(join(own, 'data', 'keys', 'provisional')).mode & 0o777, 0o600)
    }
    const trust = trustOf(folder, world.roots)
    t.same(
      trust.districts,
      DEMO_DISTRICTS.map(({ path }) => path),
    )
    t.ok(trust.isDemo)
  },
)

t.test('a world is kept, and its trust list is signed anew before it ends', async (t) => {
  const folder = place(t)
  const made = await openWorld(folder, DEMO_DISTRICTS, NOW)
  await openWorld(folder, DEMO_DISTRICTS, NOW + 30 * DAY_S)
  t.equal(trustOf(folder, made.roots).version, 1)
  const later = await openWorld(folder, DEMO_DISTRICTS, NOW + 61 * DAY_S)
  t.same(later.roots, made.roots)
  const renewed = trustOf(folder, made.roots)
  t.equal(renewed.version, 2)
  t.ok(renewed.keys.every(({ expires }) => expires > NOW + 90 * DAY_S))
})

t.test('a world of another version is left alone, and says so', async (t) => {
  const folder = place(t)
  await openWorld(folder, DEMO_DISTRICTS, NOW)
  const file = join(folder, 'world.json')
  const whole = readFileSync(file, 'utf8')
  for (const text of [whole.replace('"version": 1', '"version": 2'), whole.slice(0, 40), '']) {
    writeFileSync(file, text)
    await t.rejects(openWorld(folder, DEMO_DISTRICTS, NOW), {
      code: 'config.world',
      message: /another folder/,
    })
    t.equal(readFileSync(file, 'utf8'), text)
  }
})

t.test('a folder with other files is left alone', async (t) => {
  const folder = place(t)
  mkdirSync(folder)
  writeFileSync(join(folder, 'letter.txt'), 'x')
  await t.rejects(openWorld(folder, DEMO_DISTRICTS, NOW), { code: 'file.occupied' })
  t.equal(readFileSync(join(folder, 'letter.txt'), 'utf8'), 'x')
})

t.test('a world whose making was cut short is made again', async (t) => {
  const folder = place(t)
  mkdirSync(`${folder}.unfinished`)
  writeFileSync(join(`${folder}.unfinished`, 'roots.json'), '{}')
  const world = await openWorld(folder, DEMO_DISTRICTS, NOW)
  t.equal(world.gateways.length, 2)
})
