import { join } from 'node:path'
import t from 'tap'
import type { CardDesk } from '../../../cli/card/desk.ts'
import { readCardKeys } from '../../../firmware/card/card-keys-file.ts'
import { createNtag216 } from '../../../hardware/nfc/ntag216-simulator.ts'
import { createNtag424, type Ntag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { encodeCardFile } from '../../../protocol/card/layout.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import { layCardTable } from '../../kit/card-desk.ts'
import { FINAL_FILE } from '../../kit/card-files.ts'
import { preparedCard, storedFile, uidOf } from '../../kit/keyed-cards.ts'

const blank = (number: number): Ntag424 => createNtag424({ uid: uidOf(number) })
const nameOf = (number: number): string => toHex(uidOf(number))
const TEXT = Uint8Array.of(0, 8, 0xd1, 1, 4, 0x54, 2, 0x65, 0x6e, 0x21)
/** Rights of two files, keys 1 to 4, identity, key 0. */
const WRITES = { open: 7, private: 8 } as const

/** A table with masters in `c.toml`. */
async function tableFor(t: Parameters<typeof layCardTable>[0], policy = 'open') {
  const table = await layCardTable(t)
  await table.run(['keys', 'c.toml', '--policy', policy])
  return table
}

function args(count = 1): readonly string[] {
  return ['prepare', '--reader', 'x', '--keys', 'c.toml', '--count', String(count)]
}

/** A hand that never puts back a card that moved. */
const takesAway = (desk: CardDesk): CardDesk => ({ ...desk, putBack: () => desk.lift() })

for (const policy of ['open', 'private'] as const) {
  t.test(`${policy}: torn at each write and put back, a card is prepared`, async (t) => {
    const table = await tableFor(t, policy)
    for (let write = 1; write <= WRITES[policy]; write++) {
      for (const bytes of [0, 1]) {
        const card = blank(write)
        card.tearAt(write, bytes)
        const run = await table.run([...args(), '--kiosk-keys', `${write}-${bytes}.toml`], {
          cards: [card],
        })
        t.match(run, { code: 0, err: /Put the same card back.*1 prepared/s }, `${write} ${bytes}`)
        t.equal(run.out, `${nameOf(write)} prepared\n`)
      }
    }
  })

  t.test(`${policy}: torn at each write and gone, it goes on in another run`, async (t) => {
    const table = await tableFor(t, policy)
    for (let write = 1; write <= WRITES[policy]; write++) {
      for (const bytes of [0, 1]) {
        const card = blank(write)
        const path = `${write}-${bytes}.toml`
        const command = [...args(), '--kiosk-keys', path]
        card.tearAt(write, bytes)
        const gone = await table.run(command, { cards: [card], hand: takesAway })
        t.match(gone, { code: 69, out: '' })
        t.match(gone.err, new RegExp(`${nameOf(write)} is half prepared.*same --keys`))
        const { batches } = await readCardKeys(join(table.folder, path))
        t.ok(batches[0]?.cards.has(nameOf(write)), 'its key is on the list before it is on it')
        const again = await table.run(command, { cards: [card] })
        // Torn behind its last write it is whole; the list has it, and nothing is left to do.
        const isWhole = write === WRITES[policy] && bytes === 1
        t.equal(again.code, isWhole ? 1 : 0, `${write} ${bytes}`)
        t.match(again.out, isWhole ? /nothing is left to do/ : `${nameOf(write)} prepared\n`)
      }
    }
  })
}

t.test('a card with another message is erased after a yes, and left alone otherwise', async (t) => {
  const table = await tableFor(t)
  for (const typed of ['', 'no\n', 'y\n']) {
    const card = createNtag424({ uid: uidOf(1), ndefFile: TEXT })
    const before = toHex(card.snapshot())
    const run = await table.run(args(), { cards: [card], typed })
    t.match(run, { code: 1, out: /not blank, and is left/, err: /erases that for good/ })
    t.equal(toHex(card.snapshot()), before)
  }
  const card = createNtag424({ uid: uidOf(1), ndefFile: TEXT })
  t.match(await table.run(args(), { cards: [card], typed: 'yes\n' }), { code: 0 })
  t.ok(storedFile(card).every((byte) => byte === 0))
})

t.test('torn while it is erased, a card is not asked about twice', async (t) => {
  const table = await tableFor(t)
  for (const write of [1, 2, 3]) {
    const card = createNtag424({ uid: uidOf(write), ndefFile: TEXT })
    card.tearAt(write, 1)
    const run = await table.run(args(), { cards: [card], typed: 'yes\n' })
    t.equal(run.code, 0)
    t.equal(run.err.split('Type yes').length, 2)
  }
})

t.test('a card that is exchanged during the question stays as it is', async (t) => {
  const table = await tableFor(t)
  const other = createNtag424({ uid: uidOf(2), ndefFile: TEXT })
  const before = toHex(other.snapshot())
  const asked = createNtag424({ uid: uidOf(1), ndefFile: TEXT })
  const run = await table.run(args(), {
    cards: [asked, other],
    typed: 'yes\n',
    hand: (desk) => {
      let polls = 0
      const poll = async (signal?: AbortSignal) => {
        polls++
        if (polls === 2) desk.layNext()
        return await desk.pcd.poll(signal)
      }
      return { ...desk, pcd: { ...desk.pcd, poll } }
    },
  })
  t.match(run, { code: 1, out: /another card lies there/ })
  t.equal(toHex(other.snapshot()), before)
  t.equal(toHex(storedFile(asked).slice(0, TEXT.length)), toHex(TEXT))
})

t.test(
  'what is not ours to prepare is refused and unchanged, and the next is prepared',
  async (t) => {
    const table = await tableFor(t)
    const somebodys = createNtag424({ uid: uidOf(1), ndefFile: encodeCardFile(FINAL_FILE) })
    const others = preparedCard(uidOf(2))
    const carrier = createNtag216(uidOf(3))
    const before = [somebodys, others].map((card) => toHex(card.snapshot()))
    const cards = [somebodys, others, carrier, blank(4)]
    const run = await table.run(args(4), { cards, typed: 'yes\nyes\nyes\n' })
    t.equal(run.code, 1)
    const [first, second, third, fourth] = run.out.split('\n')
    t.match(first, `${nameOf(1)} refused: it holds a credential`)
    t.match(second, /refused: its keys show versions 10, 11, 12, 13, 14/)
    t.match(third, `${nameOf(3)} refused: it is no NTAG 424 DNA`)
    t.equal(fourth, `${nameOf(4)} prepared`)
    t.match(run.err, /1 prepared, 3 refused/)
    t.same(
      [somebodys, others].map((card) => toHex(card.snapshot())),
      before,
    )
  },
)

t.test('a prepared card is refused, and put on a lost list again on request', async (t) => {
  const table = await tableFor(t)
  const card = blank(1)
  t.equal((await table.run(args(), { cards: [card] })).code, 0)
  t.match(await table.run(args(), { cards: [card] }), { code: 1, out: /nothing is left to do/ })
  const before = toHex(card.snapshot())
  const elsewhere = [...args(), '--kiosk-keys', 'k2.toml']
  t.match(await table.run(elsewhere, { cards: [card] }), { code: 1, out: /--again puts it there/ })
  const listed = await table.run([...elsewhere, '--again'], { cards: [card] })
  t.match(listed, { code: 0, out: `${nameOf(1)} listed\n`, err: /1 put back on the list/ })
  t.equal(toHex(card.snapshot()), before)
  const { batches } = await readCardKeys(join(table.folder, 'k2.toml'))
  t.ok(batches[0]?.cards.has(nameOf(1)))
})

t.test(
  'fewer cards than were to come is a negative answer, and so is a card that only moves',
  async (t) => {
    const table = await tableFor(t)
    t.match(await table.run(args(3), { cards: [blank(1)] }), { code: 1, err: /no more cards/ })
    const moving = blank(2)
    const run = await table.run(args(), {
      cards: [moving],
      hand: (desk) => ({
        ...desk,
        putBack: () => {
          desk.putBack()
          moving.tearAt(1, 0)
        },
        layNext: () => {
          moving.tearAt(1, 0)
          return desk.layNext()
        },
      }),
    })
    t.match(run, { code: 1, out: /refused: the card moved/, err: /is half prepared/ })
  },
)

t.test('interrupted, it says what is left', async (t) => {
  const table = await tableFor(t)
  const stop = new AbortController()
  const run = await table.run(args(2), {
    cards: [blank(1), blank(2)],
    signal: stop.signal,
    hand: (desk) => ({
      ...desk,
      lift: () => {
        desk.lift()
        stop.abort()
      },
    }),
  })
  t.match(run, { code: 130, out: `${nameOf(1)} prepared\n`, err: /1 prepared.*interrupted/s })
})

t.test('a reader that is pulled out ends the run, and what is half done is named', async (t) => {
  const table = await tableFor(t)
  let ended = 0
  for (let exchanges = 1; exchanges < 60; exchanges += 4) {
    const card = blank(exchanges)
    const run = await table.run(args(), {
      cards: [card],
      hand: (desk) => {
        let left = exchanges
        const transceive: CardDesk['pcd']['transceive'] = async (...exchange) => {
          left--
          if (left > 0) return await desk.pcd.transceive(...exchange)
          throw new PersonhoodError('device.unplugged', 'the reader is gone')
        }
        return { ...desk, pcd: { ...desk.pcd, transceive } }
      },
    })
    if (run.code === 0) break
    ended++
    t.match(run, { code: 69, out: '', err: /the reader is gone/ })
    const isBegun = toHex(card.snapshot()) !== toHex(blank(exchanges).snapshot())
    if (isBegun) t.match(run.err, `${nameOf(exchanges)} is half prepared`)
    const again = await table.run(args(), { cards: [card] })
    t.match(
      again.out,
      new RegExp(`^${nameOf(exchanges)} (prepared$|refused.*nothing is left)`, 'm'),
    )
  }
  t.ok(ended > 5)
})
