import t from 'tap'
import { createNtag216 } from '../../../hardware/nfc/ntag216-simulator.ts'
import { createNtag424, type Ntag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import type { Picc } from '../../../hardware/nfc/pn532.ts'
import type { Pn532Fault } from '../../../hardware/nfc/simulator.ts'
import type { VirtualCard } from '../../../hardware/nfc/virtual-card.ts'
import { concat, fromHex, toHex } from '../../../protocol/bytes.ts'
import { type CardFile, encodeCardFile, NDEF_FILE_BYTES } from '../../../protocol/card/layout.ts'
import { encodeNdef, uriRecord } from '../../../protocol/card/ndef.ts'
import { MAX_CHUNK_BYTES } from '../../../protocol/card/ntag424.ts'
import { planCardWrites } from '../../../protocol/card/write-plan.ts'
import { FINAL_FILE, PROVISIONAL_FILE } from '../../kit/card-files.ts'
import {
  type Bench,
  CARD_UID,
  createBench,
  createBenchWithCard,
  onlyPicc,
  readContents,
  writeFile,
} from '../../kit/nfc-bench.ts'

const FULL: CardFile = {
  uri: `https://${'a'.repeat(63)}`,
  credential: new Uint8Array(160).fill(7),
  ticket: PROVISIONAL_FILE.ticket,
}
const OTHER_ISSUER = ((message) => concat(Uint8Array.of(0, message.length), message))(
  encodeNdef([uriRecord('https://transit.example/')]),
)

// Select, GetVersion 3, container 2, select, read 2, write 2, read back.
const WRITE_COMMANDS = 12

function personhood({ uri, credential: bytes, ticket }: CardFile) {
  return { kind: 'personhood', uri, credential: bytes, ticket }
}

/** Puts a card on an open bench and activates it. */
async function putOn(
  bench: Awaited<ReturnType<typeof createBenchWithCard>>,
  card: VirtualCard,
): Promise<Picc> {
  for (const old of bench.chip.cards) bench.chip.remove(old)
  bench.chip.place(card)
  return onlyPicc(await bench.pass(bench.pcd.poll()))
}

t.test('a factory card is blank, takes a credential and reads back', async (t) => {
  const { pcd, picc, pass } = await createBenchWithCard()
  t.same(await pass(readContents(pcd, picc)), { kind: 'blank' })
  const { writes, bytes } = await pass(writeFile(pcd, picc, PROVISIONAL_FILE))
  t.same([writes, bytes], [2, encodeCardFile(PROVISIONAL_FILE).length])
  t.same(await pass(readContents(pcd, picc)), personhood(PROVISIONAL_FILE))
})

t.test('the largest file takes two chunks each way', async (t) => {
  const { pcd, picc, pass } = await createBenchWithCard()
  t.equal((await pass(writeFile(pcd, picc, FULL))).writes, 3)
  t.same(await pass(readContents(pcd, picc)), personhood(FULL))
})

t.test('an upgrade patches what differs; a repeat writes nothing', async (t) => {
  const { pcd, picc, pass } = await createBenchWithCard(encodeCardFile(PROVISIONAL_FILE))
  const { writes, bytes } = await pass(writeFile(pcd, picc, FINAL_FILE))
  t.ok(writes >= 4, 'NLEN twice, and more runs than one')
  t.ok(bytes < 0.7 * encodeCardFile(FINAL_FILE).length, `${bytes} bytes`)
  t.same(await pass(readContents(pcd, picc)), personhood(FINAL_FILE))
  t.same(await pass(writeFile(pcd, picc, FINAL_FILE)), { writes: 0, bytes: 0 })
})

t.test('a card that is not ours is told so, and not a byte of it changes', async (t) => {
  const bench = await createBenchWithCard()
  const other = createNtag424({ uid: CARD_UID, ndefFile: OTHER_ISSUER })
  const before = other.snapshot()
  for (const card of [other, createNtag216(fromHex('04a1b2c3d4e580'))]) {
    const picc = await putOn(bench, card)
    t.same(await bench.pass(readContents(bench.pcd, picc)), { kind: 'foreign' })
    await t.rejects(bench.pass(writeFile(bench.pcd, picc, PROVISIONAL_FILE)), {
      code: 'card.foreign',
      message: /nothing was written/,
    })
  }
  t.same(other.snapshot(), before)
})

/** A card that answers as an NTAG 424 DNA, but for commands that start with one of these. */
function altered(answers: Readonly<Record<string, string>>): VirtualCard {
  const card = createNtag424({ uid: CARD_UID })
  return {
    uid: card.uid,
    atqa: card.atqa,
    sak: card.sak,
    ats: card.ats,
    isAway: false,
    arrive: () => card.arrive(),
    reset: () => card.reset(),
    exchange: (command) => {
      const hex = toHex(command)
      const own = Object.entries(answers).find(([start]) => hex.startsWith(start))
      return own === undefined ? card.exchange(command) : fromHex(own[1])
    },
  }
}

t.test('a Type 4 card of another kind is read as foreign and refused for writing', async (t) => {
  const bench = await createBenchWithCard()
  for (const [why, answers, code, kind] of [
    ['no NDEF application', { '00a404': '6a82' }, 'card.foreign', 'foreign'],
    ['no NDEF file', { '00a4000c02e104': '6a82' }, 'card.unsuitable', 'foreign'],
    ['read with a key', { '00b00000f0': '6982' }, 'card.unsuitable', 'foreign'],
    ['no GetVersion', { '9060': '6d00' }, 'card.unsuitable', 'blank'],
    ['no container', { '00a4000c02e103': '6a82' }, 'card.unsuitable', 'blank'],
    ['locked', { '00b000000f': `001720010000ff0406e104010000ff9000` }, 'card.unsuitable', 'blank'],
    [
      'small file',
      { '00b000000f': `001720010000ff0406e10400800000` + '9000' },
      'card.unsuitable',
      'blank',
    ],
    ['refused write', { '00d6': '6581' }, 'card.refused', 'blank'],
    ['write without effect', { '00d6': '9000' }, 'card.spoiled', 'blank'],
  ] as const) {
    const picc = await putOn(bench, altered(answers))
    t.same(await bench.pass(readContents(bench.pcd, picc)), { kind }, why)
    await t.rejects(bench.pass(writeFile(bench.pcd, picc, PROVISIONAL_FILE)), { code }, why)
  }
})

t.test('a long file whose end cannot be read is foreign, as is one without an end', async (t) => {
  const bench = await createBenchWithCard()
  const head = `${toHex(encodeCardFile(FULL).subarray(0, 240))}9000`
  const picc = await putOn(bench, altered({ '00b00000f0': head, '00b000f0': '6982' }))
  t.same(await bench.pass(readContents(bench.pcd, picc)), { kind: 'foreign' })
})

/** The card torn at the n-th write behind k bytes while `content` is written; false when the write was not reached. */
async function tear(
  bench: Bench & { readonly pcd: Awaited<ReturnType<typeof createBenchWithCard>>['pcd'] },
  card: Ntag424,
  content: CardFile,
  cut: { readonly write: number; readonly bytes: number },
): Promise<unknown> {
  bench.chip.place(card)
  const picc = onlyPicc(await bench.pass(bench.pcd.poll()))
  card.tearAt(cut.write, cut.bytes)
  try {
    await bench.pass(writeFile(bench.pcd, picc, content))
    return undefined
  } catch (error) {
    return error
  }
}

/** Every place where the writes of `content` over `file` can be cut. */
function cuts(file: Uint8Array | undefined, content: CardFile) {
  const current = new Uint8Array(NDEF_FILE_BYTES)
  if (file !== undefined) current.set(file)
  const writes = planCardWrites(current, encodeCardFile(content), MAX_CHUNK_BYTES)
  return writes.flatMap(({ bytes }, i) =>
    Array.from({ length: bytes.length + 1 }, (_, k) => ({ write: i + 1, bytes: k })),
  )
}

for (const [name, before, content] of [
  ['a first write', undefined, PROVISIONAL_FILE],
  ['an upgrade', encodeCardFile(PROVISIONAL_FILE), FINAL_FILE],
] as const) {
  t.test(`${name} torn at every byte: old, new or torn, and the repeat finishes it`, async (t) => {
    const bench = await createBenchWithCard()
    bench.chip.remove(bench.card)
    const allowed = new Map<string, string>([
      [
        JSON.stringify(before === undefined ? { kind: 'blank' } : personhood(PROVISIONAL_FILE)),
        'old',
      ],
      [JSON.stringify(personhood(content)), 'new'],
      [JSON.stringify({ kind: 'torn' }), 'torn'],
    ])
    const seen = new Map<string | undefined, number>()
    for (const cut of cuts(before, content)) {
      const card = createNtag424({ uid: CARD_UID, ...(before && { ndefFile: before }) })
      const error = await tear(bench, card, content, cut)
      t.match(error, { code: 'card.moved', message: /nothing is lost/ }, JSON.stringify(cut))
      const picc = await putOn(bench, card)
      const left = allowed.get(JSON.stringify(await bench.pass(readContents(bench.pcd, picc))))
      seen.set(left, 1 + (seen.get(left) ?? 0))
      await bench.pass(writeFile(bench.pcd, picc, content))
      t.same(await bench.pass(readContents(bench.pcd, picc)), personhood(content))
      bench.chip.remove(card)
    }
    t.same([...seen.keys()], ['old', 'torn', 'new'])
  })
}

t.test('a tear that no write reaches changes nothing', async (t) => {
  const bench = await createBenchWithCard()
  t.equal(await tear(bench, bench.card, PROVISIONAL_FILE, { write: 3, bytes: 0 }), undefined)
})

t.test('a card swapped during the write is not written to', async (t) => {
  const bench = await createBenchWithCard(encodeCardFile(PROVISIONAL_FILE))
  const other = createNtag424({ uid: fromHex('04000000000001') })
  const before = other.snapshot()
  const stop = bench.card.onChange(() => {
    stop()
    bench.chip.remove(bench.card)
    bench.chip.place(other)
  })
  await t.rejects(bench.pass(writeFile(bench.pcd, bench.picc, FINAL_FILE)), { code: 'card.moved' })
  t.same(other.snapshot(), before)
  const picc = await putOn(bench, bench.card)
  t.same(await bench.pass(readContents(bench.pcd, picc)), { kind: 'torn' })
})

t.test('any one line fault during a write: the credential is on the card, whole', async (t) => {
  const faults: readonly Pn532Fault[] = [
    'lost-command',
    'lost-ack',
    'lost-answer',
    'late-answer',
    'stale-answer',
    'wrong-checksum',
    'silence',
    'split',
    'noise',
  ]
  for (const fault of faults) {
    for (let command = 0; command < WRITE_COMMANDS; command++) {
      const { pcd, picc, chip, pass } = await createBenchWithCard()
      chip.inject('split', command)
      chip.inject(fault)
      await pass(writeFile(pcd, picc, PROVISIONAL_FILE))
      t.same(
        await pass(readContents(pcd, picc)),
        personhood(PROVISIONAL_FILE),
        `${fault} ${command}`,
      )
    }
  }
})

t.test('a reader that loses power in a write: the repeat finishes it', async (t) => {
  for (let command = 0; command < WRITE_COMMANDS; command++) {
    const { pcd, picc, chip, pass } = await createBenchWithCard()
    chip.inject('split', command)
    chip.inject('brown-out')
    await t.rejects(pass(writeFile(pcd, picc, PROVISIONAL_FILE)), { code: 'card.moved' })
    const again = onlyPicc(await pass(pcd.poll()))
    await pass(writeFile(pcd, again, PROVISIONAL_FILE))
    t.same(await pass(readContents(pcd, again)), personhood(PROVISIONAL_FILE), `command ${command}`)
  }
})

t.test(
  'over a line that flips and drops bytes a card reads as written, or torn, never wrong',
  async (t) => {
    let done = 0
    for (let seed = 1; seed <= 15; seed++) {
      const faults = { seed, flipPerMillion: 400, dropPerMillion: 400, chunkMaxBytes: 9 }
      const bench = createBench({ toDevice: faults, toHost: { ...faults, seed: seed + 1000 } })
      const card = createNtag424({ uid: CARD_UID })
      bench.chip.place(card)
      for (let attempt = 0; attempt < 5; attempt++) {
        try {
          const pcd = await bench.open()
          await bench.pass(writeFile(pcd, onlyPicc(await bench.pass(pcd.poll())), PROVISIONAL_FILE))
          done++
          break
        } catch (error) {
          t.match(error, { code: /^(?:device|card|bytes)\./ }, `seed ${seed}`)
        }
      }
      const file = card
        .snapshot()
        .subarray(5 + 7 + 32, 5 + 7 + 32 + encodeCardFile(PROVISIONAL_FILE).length)
      t.same(file, encodeCardFile(PROVISIONAL_FILE), `seed ${seed}`)
    }
    t.equal(done, 15)
  },
)

t.test('a read or a write ends with its signal', async (t) => {
  const { pcd, picc, pass } = await createBenchWithCard()
  const signal = AbortSignal.abort(new Error('closing'))
  await t.rejects(pass(readContents(pcd, picc, signal)), { message: 'closing' })
  await t.rejects(pass(writeFile(pcd, picc, PROVISIONAL_FILE, signal)), { message: 'closing' })
})

t.test('what does not fit a card is refused before the card is touched', async (t) => {
  const { pcd, picc, chip, pass } = await createBenchWithCard()
  const before = chip.commands
  await t.rejects(pass(writeFile(pcd, picc, { credential: new Uint8Array(161) })), {
    code: 'call.card-file',
  })
  t.equal(chip.commands, before)
})
