import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import {
  formatCardKeys,
  parseCardKeys,
  readCardKeys,
} from '../../../firmware/card/card-keys-file.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'

const KEY = 'ab'.repeat(16)
const TAP = `[[tap]]\nversion = 3\nkey = "${KEY}"\n`
const BATCH = `[[batch]]\nversion = 7\n[[batch.card]]\nuid = "04000000000001"\nkey = "${'cd'.repeat(16)}"\n`
const OPEN = `policy = "open"\n${TAP}${BATCH}`

async function fileWith(t: { teardown: (end: () => Promise<void>) => void }, mode: number) {
  const folder = await mkdtemp(join(tmpdir(), 'card-keys-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const path = join(folder, 'card-keys.toml')
  await writeFile(path, OPEN)
  await chmod(path, mode)
  return path
}

t.test(
  'a file of mode 600 is read, one that others may reach is refused with the cure',
  async (t) => {
    for (const mode of [0o600, 0o400])
      t.match(await readCardKeys(await fileWith(t, mode)), { policy: 'open' })
    for (const mode of [0o640, 0o604, 0o644, 0o660, 0o700, 0o777, 0o610]) {
      const path = await fileWith(t, mode)
      await t.rejects(readCardKeys(path), {
        code: 'config.card-keys',
        message: new RegExp(`mode ${mode.toString(8)}.*chmod 600`),
      })
    }
  },
)

t.test('a link, no file, and a file too large are refused', async (t) => {
  const path = await fileWith(t, 0o600)
  await symlink(path, `${path}.link`)
  await t.rejects(readCardKeys(`${path}.link`), { code: 'config.card-keys' })
  await t.rejects(readCardKeys(`${path}.none`), { code: 'config.card-keys' })
  await writeFile(path, `#${' '.repeat(262_144)}`)
  await t.rejects(readCardKeys(path), { code: 'config.card-keys', message: /bytes/ })
})

t.test('the keys are those that the file names', async (t) => {
  const { policy, tap, batches, identity } = parseCardKeys(OPEN, 'keys')
  t.equal(policy, 'open')
  t.same(
    tap.map(({ version, key }) => [version, toHex(key)]),
    [[3, KEY]],
  )
  t.equal(batches[0]?.version, 7)
  t.equal(toHex(batches[0]?.cards.get('04000000000001') ?? new Uint8Array(0)), 'cd'.repeat(16))
  t.equal(identity, undefined)
  const secret = `policy = "private"\n${TAP}[identity]\nversion = 1\nkey = "${KEY}"\n`
  t.match(parseCardKeys(secret, 'keys'), {
    policy: 'private',
    identity: { version: 1 },
    batches: [],
  })
})

t.test('what is wrong is said with its place, and no key is shown', async (t) => {
  for (const [toml, problem] of [
    [`policy = "open"\n`, /tap is missing/],
    [`policy = "open"\ntap = []\n`, /no \[\[tap\]\]/],
    [`policy = "shut"\n${TAP}`, /policy/],
    [`policy = "open"\n${TAP}${TAP}`, /two \[\[tap\]\]/],
    [`policy = "private"\n${TAP}`, /identity/],
    [`policy = "open"\n${TAP}[identity]\nversion = 1\nkey = "${KEY}"\n`, /identity/],
    [OPEN.replace('version = 7', 'version = 0'), /batch\[0\].version/],
    [OPEN.replace(KEY, `${KEY}00`), /tap\[0\].key/],
    [OPEN.replace(KEY, KEY.replace('a', 'x')), /tap\[0\].key/],
    [`${OPEN}[[batch.card]]\nuid = "04000000000001"\nkey = "${KEY}"\n`, /names a card twice/],
    [OPEN.replace('uid = "04000000000001"', 'uid = "04"'), /batch\[0\].card\[0\].uid/],
    [`${OPEN}\nsecret = 1\n`, /not known|secret/],
  ] as const) {
    try {
      parseCardKeys(toml, 'keys')
      t.fail(`${problem} is due`)
    } catch (error) {
      if (!(error instanceof PersonhoodError)) throw error
      t.equal(error.code, 'config.invalid')
      t.match(error.message, problem)
      t.notMatch(error.message, /abab|cdcd/)
    }
  }
  const noise = fc.string({ maxLength: 300 })
  fc.assert(
    fc.property(noise, (text) => {
      try {
        parseCardKeys(text, 'keys')
        return false
      } catch (error) {
        return error instanceof PersonhoodError && error.code === 'config.invalid'
      }
    }),
  )
})

t.test('keys that are written are the keys that are read', async (t) => {
  const key = (fill: number) => ({ version: fill, key: new Uint8Array(16).fill(fill) })
  const cards = new Map([
    ['04000000000001', key(5).key],
    ['04000000000002', key(6).key],
  ])
  const batches = [
    { version: 7, cards },
    { version: 8, cards: new Map() },
  ]
  for (const parts of [
    { policy: 'open', tap: [key(1), key(2)], batches, identity: undefined },
    { policy: 'private', tap: [key(3)], batches: [], identity: key(4) },
  ] as const) {
    t.same(parseCardKeys(formatCardKeys(parts), 'keys'), parts)
  }
})
