import { join } from 'node:path'
import t from 'tap'
import { readCardKeys } from '../../../firmware/card/card-keys-file.ts'
import { createNtag216 } from '../../../hardware/nfc/ntag216-simulator.ts'
import { createNtag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { converse } from '../../../hardware/nfc/virtual-card.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { writePersonhoodCard } from '../../../protocol/card/card-writing.ts'
import { createKeyring } from '../../../protocol/card/keyring.ts'
import { encodeCardFile } from '../../../protocol/card/layout.ts'
import { aes128 } from '../../../runtime/crypto.ts'
import { type CardTable, layCardTable } from '../../kit/card-desk.ts'
import { FINAL_FILE, PROVISIONAL_FILE } from '../../kit/card-files.ts'
import { CRYPTO, preparedCard, uidOf } from '../../kit/keyed-cards.ts'

const READ = ['read', '--reader', 'x'] as const
const R = new Uint8Array(16).fill(0xe7)

/** A card that was prepared at this table and holds a provisional credential. */
async function issuedCard(table: CardTable, policy: 'open' | 'private') {
  const card = createNtag424({ uid: uidOf(1) })
  await table.run(['keys', 'c.toml', '--policy', policy])
  await table.run(['prepare', '--reader', 'x', '--keys', 'c.toml'], { cards: [card] })
  const keyring = createKeyring(aes128, await readCardKeys(join(table.folder, 'c-kiosk.toml')))
  const tools = { ...CRYPTO, keyring }
  card.arrive()
  converse(card, writePersonhoodCard(tools, card.uid, { file: PROVISIONAL_FILE, r: R }))
  return { card, tools }
}

for (const policy of ['open', 'private'] as const) {
  t.test(
    `${policy}: a card tells kind, proof, stage, assurance and ticket, and no secret`,
    async (t) => {
      const table = await layCardTable(t)
      const { card, tools } = await issuedCard(table, policy)
      const { ticket } = PROVISIONAL_FILE
      for (const keys of ['c.toml', 'c-kiosk.toml']) {
        const run = await table.run([...READ, '--keys', keys, '--json'], { cards: [card] })
        t.equal(run.code, 0)
        const row = JSON.parse(run.out)
        t.match(row, {
          ...{ uid: toHex(uidOf(1)), kind: 'personhood', proof: 'card', unfinished: false },
          ...{ stage: 'provisional', ticket: /^until \d{4}-/ },
          keys: keys === 'c.toml' ? 'of these masters' : /, in this kiosk's batches/,
        })
        t.type(row.assurance, 'number')
        const { out, err } = await table.run([...READ, '--keys', keys], { cards: [card] })
        t.match(out, /^stage +provisional$/m)
        for (const secret of [R, ticket?.number ?? R])
          t.notMatch(run.out + out + err, toHex(secret))
      }
      card.arrive()
      card.tearAt(3, 4, true)
      const upgrade = () =>
        converse(card, writePersonhoodCard(tools, card.uid, { file: FINAL_FILE }))
      t.throws(upgrade, { code: 'card.moved' })
      const torn = await table.run([...READ, '--keys', 'c.toml', '--json'], { cards: [card] })
      t.match(JSON.parse(torn.out), { kind: 'personhood', unfinished: true, stage: 'final' })
    },
  )
}

t.test('without keys nothing is asked; a private card says nothing', async (t) => {
  const table = await layCardTable(t)
  const open = await issuedCard(table, 'open')
  const run = await table.run([...READ, '--json'], { cards: [open.card] })
  t.match(run.code, 0)
  t.match(JSON.parse(run.out), {
    kind: 'personhood',
    proof: 'not asked',
    keys: 'versions 1 1 1 1 1',
  })
  const hidden = await issuedCard(await layCardTable(t), 'private')
  const said = await table.run([...READ, '--json'], { cards: [hidden.card] })
  t.equal(said.code, 1)
  t.match(JSON.parse(said.out), { kind: 'foreign' })
  t.notMatch(said.out, toHex(uidOf(1)))
})

t.test('blank, other and copied cards are told apart', async (t) => {
  const table = await layCardTable(t)
  await table.run(['keys', 'c.toml'])
  const half = createNtag424({ uid: uidOf(5) })
  half.tearAt(4, 0)
  await table.run(['prepare', '--reader', 'x', '--keys', 'c.toml'], {
    cards: [half],
    hand: (desk) => ({ ...desk, putBack: () => desk.lift() }),
  })
  const loose = createNtag424({ uid: uidOf(2), ndefFile: encodeCardFile(FINAL_FILE) })
  const carrier = createNtag216(uidOf(4))
  for (const [card, code, row] of [
    [createNtag424({ uid: uidOf(1) }), 0, { kind: 'blank', keys: 'factory' }],
    [loose, 0, { kind: 'personhood', stage: 'final', ticket: 'none', keys: 'factory' }],
    [preparedCard(uidOf(3)), 0, { kind: 'blank', keys: /of other masters/ }],
    [half, 0, { kind: 'blank', keys: /half prepared/ }],
    [carrier, 1, { kind: 'foreign', keys: 'none' }],
  ] as const) {
    const run = await table.run([...READ, '--keys', 'c.toml', '--json'], { cards: [card] })
    t.match(JSON.parse(run.out), row)
    t.equal(run.code, code)
  }
  const bare = await table.run([...READ, '--json'], { cards: [createNtag424({ uid: uidOf(1) })] })
  t.match(JSON.parse(bare.out), { keys: 'factory' })
})

t.test('a card that shows our versions and does not prove them is a negative answer', async (t) => {
  const table = await layCardTable(t)
  const { card } = await issuedCard(table, 'open')
  const other = await layCardTable(t)
  await other.run(['keys', 'c.toml'])
  const run = await other.run([...READ, '--keys', 'c.toml', '--json'], { cards: [card] })
  t.equal(run.code, 1)
  t.match(JSON.parse(run.out), { proof: 'failed', keys: /of other masters/ })
})

t.test('where nobody comes the wait ends, and so it does by Ctrl-C', async (t) => {
  const table = await layCardTable(t)
  t.match(await table.run(READ), { code: 69, err: /nobody put a card/ })
  const stop = new AbortController()
  stop.abort()
  t.match(await table.run(READ, { signal: stop.signal }), { code: 130 })
})
