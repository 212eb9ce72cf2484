import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readMasters } from '../../../cli/card/masters-file.ts'
import { parseCardKeys, readCardKeys, readKeyText } from '../../../firmware/card/card-keys-file.ts'
import { createNtag424, type Ntag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { converse } from '../../../hardware/nfc/virtual-card.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { canWrite, writePersonhoodCard } from '../../../protocol/card/card-writing.ts'
import { createKeyring } from '../../../protocol/card/keyring.ts'
import { readPersonhoodCard } from '../../../protocol/card/personhood-card.ts'
import { aes128 } from '../../../runtime/crypto.ts'
import { layCardTable } from '../../kit/card-desk.ts'
import { FINAL_FILE } from '../../kit/card-files.ts'
import { CRYPTO, uidOf } from '../../kit/keyed-cards.ts'

const blank = (number: number): Ntag424 => createNtag424({ uid: uidOf(number) })

for (const policy of ['open', 'private'] as const) {
  t.test(`${policy}: from masters by a box of blank cards to a kiosk that issues`, async (t) => {
    const table = await layCardTable(t)
    const made = await table.run(['keys', 'c.toml', '--district', 'a.b.c.d', '--policy', policy])
    t.match(made, { code: 0, out: 'c.toml\n', err: /five master keys.*never on a kiosk/s })
    const path = join(table.folder, 'c.toml')
    t.equal((await stat(path)).mode & 0o777, 0o600)
    const cards = [blank(1), blank(2), blank(3)]
    const args = ['prepare', '--reader', 'x', '--keys', 'c.toml', '--count', '3']
    const done = await table.run(args, { cards })
    const uids = [1, 2, 3].map((number) => toHex(uidOf(number)))
    t.match(done, { code: 0, out: uids.map((uid) => `${uid} prepared\n`).join('') })
    t.match(done.err, /3 prepared, 0 refused/)

    const kioskPath = join(table.folder, 'c-kiosk.toml')
    t.equal((await stat(kioskPath)).mode & 0o777, 0o600)
    const parts = await readCardKeys(kioskPath)
    t.same([...(parts.batches[0]?.cards.keys() ?? [])], uids)
    const { masters } = await readMasters(path)
    const text = await readKeyText(kioskPath)
    for (const slot of [0, 1, 3] as const) t.notMatch(text, toHex(masters[slot].key))
    const tools = { ...CRYPTO, keyring: createKeyring(aes128, parts) }
    const r = new Uint8Array(16).fill(9)
    for (const [i, card] of cards.entries()) {
      card.arrive()
      t.ok(converse(card, canWrite(tools, uidOf(i + 1))))
      converse(card, writePersonhoodCard(tools, card.uid, { file: FINAL_FILE, r }))
      card.arrive()
      const reading = converse(card, readPersonhoodCard(tools, card.uid))
      t.match(reading, { contents: { kind: 'personhood' }, proof: { kind: 'authenticated' } })
    }
    const shown = [made, done].map(({ out, err }) => out + err).join('')
    for (const { key } of Object.values(masters)) t.notMatch(shown, toHex(key))
  })
}

t.test('a second kiosk gets cards of its own, and the first keeps its own', async (t) => {
  const table = await layCardTable(t)
  await table.run(['keys', 'c.toml'])
  const args = ['prepare', '--reader', 'x', '--keys', 'c.toml', '--kiosk-keys']
  t.equal((await table.run([...args, 'k1.toml'], { cards: [blank(1)] })).code, 0)
  t.equal((await table.run([...args, 'k2.toml'], { cards: [blank(2)] })).code, 0)
  t.equal((await table.run([...args, 'k1.toml'], { cards: [blank(3)] })).code, 0)
  const uidsIn = async (name: string) => {
    const parts = parseCardKeys(await readKeyText(join(table.folder, name)), name)
    return parts.batches.flatMap(({ cards }) => [...cards.keys()])
  }
  t.same(await uidsIn('k1.toml'), [toHex(uidOf(1)), toHex(uidOf(3))])
  t.same(await uidsIn('k2.toml'), [toHex(uidOf(2))])
})

t.test('what is missing or wrong is said before a card is touched', async (t) => {
  const table = await layCardTable(t)
  await table.run(['keys', 'c.toml'])
  await table.run(['keys', 'other.toml'])
  await table.run(['prepare', '--reader', 'x', '--keys', 'c.toml'], { cards: [blank(1)] })
  const prepare = ['prepare', '--reader', 'x', '--keys']
  for (const [args, code, said] of [
    [[], 2, /card keys/],
    [['keys'], 2, /NEW-FILE/],
    [['keys', 'a', 'b'], 2, /NEW-FILE/],
    [['keys', 'c.toml'], 74, /never written over/],
    [['keys', 'n.toml', '--policy', 'shut'], 2, /open or private/],
    [['keys', 'n.toml', '--version', '256'], 2, /1 to 255/],
    [['keys', 'n.toml', '--district', 'A B'], 2, /--district/],
    [['prepare', '--keys', 'c.toml'], 2, /which reader/],
    [['prepare', '--reader', 'x'], 2, /whose cards/],
    [['prepare', 'extra', '--reader', 'x', '--keys', 'c.toml'], 2, /--reader PORT/],
    [[...prepare, 'c.toml', '--count', '0'], 2, /1 to 2000/],
    [[...prepare, 'c.toml', '--policy', 'private'], 2, /for open cards/],
    [[...prepare, 'none.toml'], 78, /cannot be read/],
    [[...prepare, 'c-kiosk.toml'], 78, /kiosk's keys file/],
    [[...prepare, 'other.toml', '--kiosk-keys', 'c-kiosk.toml'], 78, /other masters/],
    [['read'], 2, /which reader/],
    [['read', 'extra', '--reader', 'x'], 2, /--reader PORT/],
  ] as const) {
    const card = blank(7)
    const before = toHex(card.snapshot())
    const run = await table.run(args, { cards: [card] })
    t.equal(run.code, code, args.join(' '))
    t.match(run.err, said, args.join(' '))
    t.equal(toHex(card.snapshot()), before)
  }
})
