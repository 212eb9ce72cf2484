import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import {
  kioskPartsOf,
  makeMasters,
  parseMasters,
  readMasters,
} from '../../../cli/card/masters-file.ts'
import { readKeyText } from '../../../firmware/card/card-keys-file.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { parseDistrictPath } from '../../../protocol/district.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'

const OPTIONS = { policy: 'private', district: parseDistrictPath('a.b.c.d'), version: 3 } as const

async function madeFile(t: { teardown: (end: () => Promise<void>) => void }) {
  const folder = await mkdtemp(join(tmpdir(), 'masters-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const path = join(folder, 'c.toml')
  return { path, made: await makeMasters(path, OPTIONS) }
}

t.test('masters are five, drawn anew, and read back as they were made', async (t) => {
  const { path, made } = await madeFile(t)
  t.same(await readMasters(path), made)
  const keys = Object.values(made.masters)
  t.equal(new Set(keys.map(({ key }) => toHex(key))).size, 5)
  t.ok(keys.every(({ version, key }) => version === 3 && key.length === 16))
  const other = await madeFile(t)
  t.not(toHex(other.made.masters[0].key), toHex(made.masters[0].key))
  await t.rejects(makeMasters(path, OPTIONS), { code: 'file.exists' })
  t.same(await readMasters(path), made, 'the file that was there is as it was')
  await chmod(path, 0o644)
  await t.rejects(readMasters(path), { code: 'config.card-keys', message: /chmod 600/ })
})

t.test('a kiosk gets key 2, of private cards key 4, and no other master', async (t) => {
  const { made } = await madeFile(t)
  const { tap, identity, batches } = kioskPartsOf(made)
  t.same([tap, identity, batches], [[made.masters[2]], made.masters[4], []])
  t.equal(kioskPartsOf({ ...made, policy: 'open' }).identity, undefined)
})

t.test('what is wrong is said with its place, and no key is shown', async (t) => {
  const { path, made } = await madeFile(t)
  const toml = await readKeyText(path)
  const secret = toHex(made.masters[3].key)
  for (const [text, problem] of [
    [toml.replace('[masters.seed]', '[masters.seat]'), /masters.seat.*seed/],
    [toml.replace(secret, secret.slice(2)), /masters.seed.key/],
    [toml.replace('version = 3', 'version = 0'), /masters.change.version/],
    [toml.replace('private', 'shut'), /policy/],
    [toml.replace('a.b.c.d', 'A'), /district/],
  ] as const) {
    try {
      parseMasters(text, 'c.toml')
      t.fail('it was taken')
    } catch (error) {
      if (!(error instanceof PersonhoodError)) throw error
      t.equal(error.code, 'config.invalid')
      t.match(error.message, problem)
      t.notMatch(error.message, secret.slice(2))
    }
  }
})
