import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createEllipticCard } from '../../hardware/nfc/elliptic-card-simulator.ts'
import { createNtag216 } from '../../hardware/nfc/ntag216-simulator.ts'
import { createNtag424 } from '../../hardware/nfc/ntag424-simulator.ts'
import type { VirtualCard } from '../../hardware/nfc/virtual-card.ts'
import { equalBytes, fromHex, toHex } from '../../protocol/bytes.ts'
import {
  decodeCertificate,
  ELLIPTIC_APPLICATION,
  ELLIPTIC_CHALLENGE_BYTES,
  ellipticMessage,
} from '../../protocol/card/elliptic-card.ts'
import { publicKeyOf } from '../../protocol/secp256k1.ts'
import { CARD_UID } from '../kit/nfc-bench.ts'
import { opensslVerifies } from '../kit/openssl.ts'
import { notInstalled, runWithCards } from '../kit/pn532-terminal.ts'

// Independent clients, not written here, over a real pseudo-terminal.
const skip = notInstalled('nfc-list', 'nfc-mfultralight', 'nfc-poll', 'pn53x-tamashell', 'socat')

const list = (...cards: readonly VirtualCard[]): Promise<string> =>
  runWithCards(cards, ['nfc-list', '-v'])

const SELECT_NDEF = '00a4040007d276000085010100'

/** What the chip answers, without the code, to commands that libnfc takes to it and back. */
async function frames(
  cards: readonly VirtualCard[],
  commands: readonly string[],
): Promise<readonly string[]> {
  const typed = commands.map((hex) => `${hex.replace(/../g, '$& ')}\n`).join('')
  const told = await runWithCards(cards, ['pn53x-tamashell'], { input: `${typed}q\n` })
  return [...told.matchAll(/^Rx: (.*)$/gm)].map(([, hex = '']) => hex.replaceAll(' ', ''))
}

t.test('libnfc opens the virtual PN532 and finds the virtual NTAG 424 DNA', { skip }, async (t) => {
  const told = await list(createNtag424({ uid: CARD_UID }))
  t.match(told, /NFC device: .* opened/)
  t.match(told, /ATQA \(SENS_RES\): 03 {2}44/)
  t.match(told, /UID \(NFCID1\): 04 {2}de {2}5f {2}1e {2}ac {2}c0 {2}40/)
  t.match(told, /SAK \(SEL_RES\): 20/)
  t.match(told, /ATS: 77 {2}77 {2}71 {2}02 {2}80/)
})

t.test('libnfc finds a card without layer four, and an empty field empty', { skip }, async (t) => {
  const told = await list(createNtag216(fromHex('04a1b2c3d4e580')))
  t.match(told, /1 ISO14443A passive target\(s\) found/)
  t.match(told, /UID \(NFCID1\): 04 {2}a1 {2}b2 {2}c3 {2}d4 {2}e5 {2}80/)
  t.match(told, /SAK \(SEL_RES\): 00/)
  t.match(await list(), /0 ISO14443A passive target\(s\) found/)
})

t.test('libnfc reads a whole virtual NTAG216 and writes another one alike', { skip }, async (t) => {
  const folder = t.testdir()
  const dump = join(folder, 'dump')
  const card = createNtag216(fromHex('04a1b2c3d4e580'))
  card.exchange(fromHex('a2040302cafe'))
  card.exchange(fromHex('a2e101020304'))
  const read = await runWithCards([card], ['nfc-mfultralight', 'r', dump, '--full'])
  t.match(read, /NTAG216/)
  t.match(read, /231 of 231 pages/)
  t.ok(equalBytes(new Uint8Array(await readFile(dump)), unsecret(card.snapshot())))
  const copy = createNtag216(fromHex('04a1b2c3d4e580'))
  const written = await runWithCards([copy], ['nfc-mfultralight', 'w', dump], {
    input: 'n\n'.repeat(4),
  })
  t.match(written, /226 of 231 pages written \(5 pages skipped, 0 pages failed\)/)
  const data = 4 * 4
  t.ok(equalBytes(copy.snapshot().slice(data, 4 * 0xe2), card.snapshot().slice(data, 4 * 0xe2)))
})

/** A dump as a reader sees it: password and its answer are zeros. */
function unsecret(pages: Uint8Array): Uint8Array {
  const shown = pages.slice()
  shown.fill(0, 4 * 0xe5)
  return shown
}

t.test('nfc-poll hears a card of layer four come and go', { skip }, async (t) => {
  const told = await runWithCards([createNtag424({ uid: CARD_UID })], ['nfc-poll'], {
    onTold: (text, chip) => {
      if (text.includes('removing')) for (const card of chip.cards) chip.remove(card)
    },
  })
  t.match(told, /UID \(NFCID1\): 04 {2}de {2}5f {2}1e {2}ac {2}c0 {2}40/)
  t.match(told, /Waiting for card removing\.\.\..*done\./s)
  t.match(await runWithCards([], ['nfc-poll']), /No target found/)
})

t.test('libnfc reaches two cards at once, each by its number', { skip }, async (t) => {
  const answers = await frames(
    [createNtag216(fromHex('04a1b2c3d4e580')), createNtag424({ uid: CARD_UID })],
    ['4a0200', `4002${SELECT_NDEF}`, '400200a4000c02e103', '400200b000000f', '40013003'],
  )
  const [listed, ...rest] = answers
  t.equal(listed, '02010044000704a1b2c3d4e580020344200704de5f1eacc040067777710280')
  t.same(rest.slice(0, 3), ['009000', '009000', '0000172001' + '0000ff0406e104010000009000'])
  t.equal(rest[3], '00e1106d000300fe000000000000000000', 'capability container of NTAG216')
})

t.test('libnfc has the card with an elliptic key prove itself', { skip }, async (t) => {
  const privateKey = new Uint8Array(32).fill(7)
  const card = createEllipticCard({ uid: CARD_UID, privateKey, ndefFile: fromHex('0000') })
  const challenge = new Uint8Array(ELLIPTIC_CHALLENGE_BYTES).fill(9)
  const [, selected, certificate = '', signed = ''] = await frames(
    [card],
    [
      '4a0100',
      `400100a404000a${toHex(ELLIPTIC_APPLICATION)}00`,
      '400100b0810000',
      `40010088000020${toHex(challenge)}40`,
    ],
  )
  t.equal(selected, '009000')
  const publicKey = decodeCertificate(fromHex(certificate).slice(1, -2))?.publicKey
  t.ok(publicKey && equalBytes(publicKey, publicKeyOf(privateKey)))
  const signature = fromHex(signed).slice(1, -2)
  const message = ellipticMessage(CARD_UID, challenge)
  t.ok(publicKey && opensslVerifies(publicKey, message, signature))
  t.notOk(publicKey && opensslVerifies(publicKey, message.slice(1), signature))
})
