import t, { type Test } from 'tap'
import { createNtag424, type Ntag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { converse } from '../../../hardware/nfc/virtual-card.ts'
import { equalBytes, toHex } from '../../../protocol/bytes.ts'
import {
  type CardContent,
  canWrite,
  writePersonhoodCard,
} from '../../../protocol/card/card-writing.ts'
import type { CardPolicy } from '../../../protocol/card/keyring.ts'
import { type CardFile, encodeCardFile } from '../../../protocol/card/layout.ts'
import { encodeNdef, uriRecord } from '../../../protocol/card/ndef.ts'
import { type CardReading, readPersonhoodCard } from '../../../protocol/card/personhood-card.ts'
import { deriveCardKeys, prepareCard } from '../../../protocol/card/preparation.ts'
import { decodeRedo } from '../../../protocol/card/redo.ts'
import { hasCode } from '../../../protocol/errors.ts'
import { aes128 } from '../../../runtime/crypto.ts'
import { BINDING_SECRET, boundFiles, judged } from '../../kit/bound-files.ts'
import {
  CRYPTO,
  commandsOf,
  converseUntil,
  copyOf,
  MASTERS,
  preparedCard,
  storedFile,
  storedGuarded,
  toolsFor,
  uidOf,
} from '../../kit/keyed-cards.ts'
import { NO_KEYS } from '../../kit/nfc-bench.ts'

const UID = uidOf(1)
const FILES = boundFiles(UID)

/** Writes as the kiosk with the keys of this card does. */
function write(card: Ntag424, content: CardContent, policy: CardPolicy = 'open') {
  card.arrive()
  return converse(card, writePersonhoodCard(toolsFor(policy, UID), card.uid, content))
}

/** Reads with the keys, or as anybody does. */
function read(card: Ntag424, policy: CardPolicy | undefined = 'open'): CardReading {
  card.arrive()
  return converse(card, readPersonhoodCard(toolsFor(policy, UID), card.uid))
}

function readByAnybody(card: Ntag424): CardReading {
  card.arrive()
  return converse(card, readPersonhoodCard(NO_KEYS, card.uid))
}

/** A card that holds the provisional credential. */
function issuedCard(policy: CardPolicy = 'open'): Ntag424 {
  const card = preparedCard(UID, policy)
  write(card, FILES.first, policy)
  return card
}

function credentialIn({ contents }: CardReading): string {
  return contents.kind === 'personhood' ? toHex(contents.credential) : contents.kind
}

/** True where the card holds this file and nothing is under way. */
function isSettled(card: Ntag424, file: CardFile): boolean {
  const wanted = encodeCardFile(file)
  const isWritten = equalBytes(storedFile(card).slice(0, wanted.length), wanted)
  return isWritten && decodeRedo(storedGuarded(card).slice(32)) === undefined
}

for (const policy of ['open', 'private'] as const) {
  t.test(`${policy}: a prepared card takes a credential that it then proves`, async (t) => {
    const card = preparedCard(UID, policy)
    t.match(read(card, policy), { contents: { kind: 'blank' } })
    write(card, FILES.first, policy)
    const { uid, contents, proof } = read(card, policy)
    t.equal(toHex(uid), toHex(UID))
    if (contents.kind !== 'personhood') throw new Error('the card is ours')
    t.match(judged(contents.credential, proof), { outcome: 'go', proof: 'card' })
    t.equal(toHex(storedGuarded(card).slice(0, 16)), toHex(BINDING_SECRET))
    t.ok(
      storedGuarded(card)
        .slice(16)
        .every((byte) => byte === 0),
      'no seed, no redo record',
    )
    t.equal(readByAnybody(card).contents.kind, policy === 'open' ? 'personhood' : 'foreign')
    t.match(readByAnybody(card).proof, { kind: 'none' })
  })

  t.test(`${policy}: an upgrade patches, proves, and its repeat writes nothing`, async (t) => {
    const card = issuedCard(policy)
    const { writes, bytes } = write(card, { file: FILES.final }, policy)
    t.ok(writes > 4 && bytes < 260, `${writes} writes, ${bytes} bytes`)
    const { contents, proof } = read(card, policy)
    if (contents.kind !== 'personhood') throw new Error('the card is ours')
    t.match(judged(contents.credential, proof), { outcome: 'go', proof: 'card', stage: 'final' })
    t.equal(contents.ticket, undefined)
    t.ok(isSettled(card, FILES.final))
    t.same(write(card, { file: FILES.final }, policy), { writes: 0, bytes: 0 })
    write(card, { file: FILES.renewed }, policy)
    t.ok(isSettled(card, FILES.renewed), 'and one final gives way to the next')
  })
}

type Tear = { readonly write: number; readonly bytes: number; readonly isSpoilt: boolean }

/** The card after the write was torn there; undefined where the write ended before. */
function torn(card: Ntag424, content: CardContent, policy: CardPolicy, tear: Tear) {
  const copy = copyOf(card)
  copy.tearAt(tear.write, tear.bytes, tear.isSpoilt)
  try {
    write(copy, content, policy)
    return undefined
  } catch (error) {
    if (!hasCode(error, 'card.moved')) throw error
    return copy
  }
}

type TornCard = { readonly card: Ntag424; readonly tear: Tear; readonly where: string }

/** The card torn at every byte of every write, the byte itself left alone or spoilt. */
function tearsOf(
  card: Ntag424,
  content: CardContent,
  policy: CardPolicy,
  hasSpoilt = false,
): readonly TornCard[] {
  const found: TornCard[] = []
  const tearTo = (tear: Tear): Ntag424 | undefined => {
    const cut = torn(card, content, policy, tear)
    if (cut !== undefined) found.push({ card: cut, tear, where: JSON.stringify(tear) })
    return cut
  }
  for (let at = 1; ; at++) {
    const whole = torn(card, content, policy, { write: at, bytes: 1000, isSpoilt: false })
    if (whole === undefined) return found
    for (let bytes = 0; ; bytes++) {
      const cut = tearTo({ write: at, bytes, isSpoilt: false })
      if (cut === undefined || equalBytes(cut.snapshot(), whole.snapshot())) break
      if (hasSpoilt) tearTo({ write: at, bytes, isSpoilt: true })
    }
  }
}

/** Holds a torn card against what is promised of it, and finishes it in both ways. */
function checkTorn(t: Test, card: Ntag424, policy: CardPolicy, where: string): string {
  const reading = read(card, policy)
  const { contents, proof, isUnfinished } = reading
  const credential = credentialIn(reading)
  const isKnown = [FILES.provisional, FILES.final].some(
    (file) => toHex(file.credential) === credential,
  )
  const verdict = contents.kind === 'personhood' ? judged(contents.credential, proof) : undefined
  const isGood = isKnown && verdict?.outcome === 'go' && verdict.proof === 'card'
  t.ok(isGood, `old or new verifies: ${where}`)
  if (isUnfinished && contents.kind === 'personhood') {
    // Another kiosk with key 1 that knows nothing of this write.
    const another = copyOf(card)
    const { uri, ticket } = contents
    const own = { uri, ticket, credential: contents.credential }
    write(another, { file: own }, policy)
    t.ok(isSettled(another, own), `finished by what the card says: ${where}`)
  }
  write(card, { file: FILES.final }, policy)
  t.ok(isSettled(card, FILES.final), `finished by whoever began it: ${where}`)
  return credential === toHex(FILES.final.credential) ? 'new' : 'old'
}

for (const policy of ['open', 'private'] as const) {
  t.test(
    `${policy}: an upgrade torn at any byte, spoilt or not: old or new verifies, always`,
    async (t) => {
      const issued = issuedCard(policy)
      const content = { file: FILES.final }
      const tears = tearsOf(issued, content, policy, policy === 'open')
      t.ok(tears.length > 180, `${tears.length} tears`)
      const seen = new Set<string>()
      for (const { card, tear, where } of tears) {
        // The bytes are those of the open card; here it is the enciphered commands that count.
        if (policy === 'private' && tear.bytes % 4 > 0) continue
        if (policy === 'open' && !tear.isSpoilt) {
          const anybody = credentialIn(readByAnybody(card))
          const allowed = [
            'torn',
            toHex(FILES.provisional.credential),
            toHex(FILES.final.credential),
          ]
          t.ok(allowed.includes(anybody), 'without keys: old, new, or torn')
        }
        seen.add(checkTorn(t, card, policy, where))
      }
      t.same([...seen], ['old', 'new'])
    },
  )

  t.test(`${policy}: an upgrade cut at any command, answered or not`, async (t) => {
    const issued = issuedCard(policy)
    const script = (card: Ntag424) =>
      writePersonhoodCard(toolsFor(policy, UID), card.uid, { file: FILES.final })
    const commands = commandsOf(issued, script(issued))
    t.ok(commands > 15)
    for (let command = 1; command <= commands; command++) {
      for (const isAnswerLost of [false, true]) {
        const card = copyOf(issued)
        const cut = { command, isAnswerLost }
        t.ok(converseUntil(card, script(card), cut))
        checkTorn(t, card, policy, JSON.stringify(cut))
      }
    }
  })

  t.test(`${policy}: a first write torn at any byte is finished by its repeat`, async (t) => {
    const blank = preparedCard(UID, policy)
    for (const { card, tear, where } of tearsOf(blank, FILES.first, policy)) {
      if (policy === 'private' && tear.bytes % 8 > 0) continue
      const known = ['blank', 'torn', toHex(FILES.provisional.credential)]
      t.ok(known.includes(credentialIn(read(card, policy))), where)
      write(card, FILES.first, policy)
      const { contents, proof } = read(card, policy)
      const verdict =
        contents.kind === 'personhood' ? judged(contents.credential, proof) : undefined
      t.match(verdict, { outcome: 'go', proof: 'card' }, where)
    }
  })
}

t.test('a write that was cut gives way to the next one, from any cut', async (t) => {
  const issued = issuedCard()
  for (const { card, tear, where } of tearsOf(issued, { file: FILES.final }, 'open')) {
    if (tear.bytes % 5 > 1) continue
    write(card, { file: FILES.renewed })
    t.ok(isSettled(card, FILES.renewed), where)
  }
})

t.test('a record torn over an older one never undoes what the older one did', async (t) => {
  const card = issuedCard()
  write(card, { file: FILES.final })
  for (const { card: cut, where } of tearsOf(card, { file: FILES.renewed }, 'open')) {
    const allowed = [FILES.final, FILES.renewed].map(({ credential }) => toHex(credential))
    t.ok(allowed.includes(credentialIn(read(cut))), where)
  }
})

t.test('an expired card is used again, and no older record is left in it', async (t) => {
  const card = issuedCard()
  const tear = { write: 3, bytes: 1, isSpoilt: false }
  const cut = torn(card, { file: FILES.final }, 'open', tear)
  if (cut === undefined) throw new Error('the tear is reached')
  t.ok(read(cut).isUnfinished)
  const next = {
    file: { ...FILES.renewed, ticket: FILES.provisional.ticket },
    r: new Uint8Array(16).fill(1),
  }
  write(cut, next)
  t.ok(isSettled(cut, next.file))
  t.ok(
    storedGuarded(cut)
      .slice(16)
      .every((byte) => byte === 0),
  )
  t.equal(storedGuarded(cut)[0], 1)
})

t.test('a ticket alone is changed where it is, the credential readable throughout', async (t) => {
  const card = issuedCard()
  const { credential } = FILES.provisional
  for (const { card: cut, where } of tearsOf(card, { file: { credential } }, 'open')) {
    t.equal(credentialIn(readByAnybody(cut)), toHex(credential))
    write(cut, { file: { credential } })
    t.ok(isSettled(cut, { credential }), where)
  }
})

t.test(
  'a card that says that its keys are ours, and cannot prove it, is not written to',
  async (t) => {
    const others = preparedCard(UID)
    const impostor = { ...MASTERS, 2: { ...MASTERS[2], key: new Uint8Array(16).fill(99) } }
    const uid = uidOf(5)
    const card = createNtag424({ uid, ndefFile: encodeCardFile(FILES.final) })
    converse(card, prepareCard(CRYPTO, deriveCardKeys(aes128, impostor, uid, 'open'), 'open'))
    const before = storedFile(card)
    card.arrive()
    const tools = toolsFor('open', uid)
    const reading = converse(card, readPersonhoodCard(tools, uid))
    t.match(reading, {
      isUnproven: true,
      proof: { kind: 'none' },
      contents: { kind: 'personhood' },
    })
    card.arrive()
    const script = writePersonhoodCard(tools, uid, { file: FILES.renewed, r: BINDING_SECRET })
    t.throws(() => converse(card, script), { code: 'card.foreign' })
    t.same(storedFile(card), before)
    t.notOk(read(others).isUnproven)
  },
)

t.test('a credential copied to another card of ours does not pass as that card', async (t) => {
  const uid = uidOf(6)
  const card = preparedCard(uid)
  converse(card, writePersonhoodCard(toolsFor('open', uid), uid, FILES.first))
  card.arrive()
  const { contents, proof } = converse(card, readPersonhoodCard(toolsFor('open', uid), uid))
  if (contents.kind !== 'personhood') throw new Error('it is read')
  t.match(judged(contents.credential, proof), { outcome: 'stop', reason: 'another-card' })
})

t.test('what is refused before the first byte', async (t) => {
  const other = encodeNdef([uriRecord('https://transit.example/')])
  const ndefFile = Uint8Array.of(0, other.length, ...other)
  const foreignCard = createNtag424({ uid: UID, ndefFile })
  const before = foreignCard.snapshot()
  t.throws(() => write(foreignCard, FILES.first), {
    code: 'card.foreign',
    message: /nothing was written/,
  })
  t.same(foreignCard.snapshot(), before)
  const card = issuedCard()
  const stored = card.snapshot()
  for (const [why, tools] of [
    ['another batch', toolsFor('open', uidOf(2))],
    [
      'no key 2',
      { ...CRYPTO, keyring: { ...toolsFor('open', UID).keyring, tapKey: () => undefined } },
    ],
  ] as const) {
    card.arrive()
    const script = writePersonhoodCard(tools as never, card.uid, { file: FILES.final })
    t.throws(() => converse(card, script), { code: 'card.no-key' }, why)
  }
  card.arrive()
  t.throws(() => converse(card, writePersonhoodCard(NO_KEYS, card.uid, { file: FILES.final })), {
    code: 'card.refused',
  })
  t.throws(() => write(preparedCard(UID), { file: FILES.final }), { code: 'card.unsuitable' })
  t.same(card.snapshot(), stored)
})

t.test('which cards a kiosk can write to', async (t) => {
  const tools = toolsFor('open', UID)
  t.ok(converse(preparedCard(UID), canWrite(tools, UID)))
  t.notOk(converse(preparedCard(UID), canWrite(tools, uidOf(2))))
  t.notOk(converse(createNtag424({ uid: UID }), canWrite(tools, UID)), 'a card without keys')
  t.ok(converse(createNtag424({ uid: UID }), canWrite(NO_KEYS, UID)))
})
