import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openBatchFile } from '../../../cli/card/batch-file.ts'
import { kioskPartsOf, type Masters } from '../../../cli/card/masters-file.ts'
import { formatCardKeys, readCardKeys } from '../../../firmware/card/card-keys-file.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { cardKey, KeySlot } from '../../../protocol/card/card-keys.ts'
import { aes128 } from '../../../runtime/crypto.ts'
import { MASTERS, uidOf } from '../../kit/keyed-cards.ts'

const OPEN: Masters = { masters: MASTERS, policy: 'open', district: undefined }

async function pathFor(t: { teardown: (end: () => Promise<void>) => void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'batch-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return join(folder, 'kiosk.toml')
}

t.test('each card is in the file with its own key 1 once it is added', async (t) => {
  const path = await pathFor(t)
  const batch = await openBatchFile(path, OPEN)
  await t.rejects(readCardKeys(path), 'nothing is written for no card')
  for (const number of [1, 2, 1]) await batch.add(uidOf(number))
  t.equal(batch.cards, 2)
  t.ok(batch.has(uidOf(2)))
  t.notOk(batch.has(uidOf(3)))
  const { batches, tap } = await readCardKeys(path)
  t.same(tap, [MASTERS[2]])
  t.equal(batches[0]?.version, MASTERS[1].version)
  for (const number of [1, 2]) {
    const own = cardKey(aes128, MASTERS[1], uidOf(number), KeySlot.write)
    t.same(batches[0]?.cards.get(toHex(uidOf(number))), own)
  }
})

t.test('what a kiosk already has is kept: older masters of key 2, other batches', async (t) => {
  const path = await pathFor(t)
  const older = { version: 9, key: new Uint8Array(16).fill(9) }
  const other = { version: 8, cards: new Map([['04000000000001', older.key]]) }
  const parts = { ...kioskPartsOf(OPEN), tap: [MASTERS[2], older], batches: [other] }
  await writeFile(path, formatCardKeys(parts), { mode: 0o600 })
  const batch = await openBatchFile(path, OPEN)
  await batch.add(uidOf(1))
  const { tap, batches } = await readCardKeys(path)
  t.same(tap, parts.tap)
  t.same(
    batches.map(({ version, cards }) => [version, cards.size]),
    [
      [8, 1],
      [11, 1],
    ],
  )
})

t.test(
  'a file of other masters or another policy, or one that others may read, is refused',
  async (t) => {
    const path = await pathFor(t)
    await (await openBatchFile(path, OPEN)).add(uidOf(1))
    const changed = { ...MASTERS, 2: { ...MASTERS[2], key: new Uint8Array(16) } }
    for (const from of [
      { ...OPEN, masters: changed },
      { ...OPEN, policy: 'private' },
    ] as const) {
      await t.rejects(openBatchFile(path, from), {
        code: 'config.card-keys',
        message: /--kiosk-keys/,
      })
    }
    const hidden = `${path}.private`
    await (await openBatchFile(hidden, { ...OPEN, policy: 'private' })).add(uidOf(1))
    const identity = { ...MASTERS, 4: { ...MASTERS[4], key: new Uint8Array(16) } }
    const from = { ...OPEN, policy: 'private', masters: identity } as const
    await t.rejects(openBatchFile(hidden, from), { code: 'config.card-keys' })
    await writeFile(`${path}.open`, formatCardKeys(kioskPartsOf(OPEN)), { mode: 0o644 })
    await t.rejects(openBatchFile(`${path}.open`, OPEN), { code: 'config.card-keys' })
  },
)

t.test('a full file takes no more, and a kiosk reads it', async (t) => {
  const path = await pathFor(t)
  const key = new Uint8Array(16)
  const cards = new Map(Array.from({ length: 2000 }, (_, i) => [toHex(uidOf(i)), key]))
  const batches = [{ version: MASTERS[1].version, cards }]
  await writeFile(path, formatCardKeys({ ...kioskPartsOf(OPEN), batches }), { mode: 0o600 })
  const batch = await openBatchFile(path, OPEN)
  await batch.add(uidOf(1999))
  await t.rejects(batch.add(uidOf(2000)), { code: 'config.card-keys', message: /is full/ })
})

t.test('a file that a kiosk would not read any more is not written', async (t) => {
  const path = await pathFor(t)
  const key = new Uint8Array(16)
  const cardsFrom = (first: number, number: number) =>
    new Map(Array.from({ length: number }, (_, i) => [toHex(uidOf(first + i)), key]))
  const batches = [
    { version: 8, cards: cardsFrom(0, 2000) },
    { version: MASTERS[1].version, cards: cardsFrom(2000, 1300) },
  ]
  await writeFile(path, formatCardKeys({ ...kioskPartsOf(OPEN), batches }), { mode: 0o600 })
  const batch = await openBatchFile(path, OPEN)
  const fill = async () => {
    for (let number = 3300; number < 4000; number++) await batch.add(uidOf(number))
  }
  await t.rejects(fill(), { code: 'config.card-keys', message: /is full/ })
  t.ok(batch.cards > 1300)
  t.equal((await readCardKeys(path)).batches.at(-1)?.cards.size, batch.cards)
})
