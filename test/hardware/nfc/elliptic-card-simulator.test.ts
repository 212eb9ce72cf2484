import t from 'tap'
import { readCard } from '../../../hardware/nfc/card.ts'
import { createEllipticCard } from '../../../hardware/nfc/elliptic-card-simulator.ts'
import { concat, fromHex, toHex } from '../../../protocol/bytes.ts'
import { ELLIPTIC_APPLICATION } from '../../../protocol/card/elliptic-card.ts'
import { encodeCardFile } from '../../../protocol/card/layout.ts'
import { verifySecp256k1 } from '../../../runtime/crypto.ts'
import { PROVISIONAL_FILE } from '../../kit/card-files.ts'
import { createBench, NO_KEYS, onlyPicc } from '../../kit/nfc-bench.ts'

const SELECT = `00a404000a${toHex(ELLIPTIC_APPLICATION)}00`
const SELECT_NDEF = '00a4040007d276000085010100'
const CHALLENGE = 'ab'.repeat(32)

function card() {
  return createEllipticCard({
    uid: fromHex('04112233445566'),
    privateKey: new Uint8Array(32).fill(7),
    ndefFile: encodeCardFile(PROVISIONAL_FILE),
  })
}

/** The last answer to a run of commands, in hex. */
function talk(one: ReturnType<typeof card>, ...commands: readonly string[]): string {
  let answer = ''
  for (const command of commands) answer = toHex(one.exchange(fromHex(command)) ?? concat())
  return answer
}

t.test('it signs a challenge of 32 bytes once its application is selected', async (t) => {
  t.equal(talk(card(), `0088000020${CHALLENGE}40`), '6985')
  t.equal(talk(card(), SELECT_NDEF, `0088000020${CHALLENGE}40`), '6985')
  t.match(talk(card(), SELECT, `0088000020${CHALLENGE}40`), /^.{128}9000$/)
  t.equal(talk(card(), SELECT, `008800001f${CHALLENGE.slice(2)}40`), '6700')
  t.equal(talk(card(), SELECT, `0088000020${CHALLENGE}`), '6700', 'no Le')
  t.equal(talk(card(), SELECT, `0088010020${CHALLENGE}40`), '6a86')
})

t.test('what it does not know gets the right status word', async (t) => {
  t.equal(talk(card(), '00a4040003a0000000'), '6a82')
  t.equal(talk(card(), SELECT, '00a4000c02e104'), '6a82', 'no file of another application')
  t.equal(talk(card(), SELECT_NDEF, '00b0810000'), '6a82')
  t.equal(talk(card(), SELECT, '00b0000001'), '6985')
  t.equal(talk(card(), SELECT, '00b081ff01'), '6a86')
  t.equal(talk(card(), SELECT, '00b08100'), '6700')
  t.equal(talk(card(), SELECT_NDEF, '00a4080c02e104'), '6a86')
  t.equal(talk(card(), SELECT, '00d6000001ff'), '6d00')
  t.equal(talk(card(), '9060000000'), '6e00')
  t.equal(talk(card(), '00'), '6700')
  const one = card()
  talk(one, SELECT)
  one.arrive()
  t.equal(talk(one, `0088000020${CHALLENGE}40`), '6985', 'power loss forgets the selection')
})

t.test('through the reader it is read, and proves its key where that is asked', async (t) => {
  const bench = createBench()
  bench.chip.place(card())
  const pcd = await bench.open()
  const picc = onlyPicc(await bench.pass(pcd.poll()))
  const proven = await bench.pass(readCard(pcd, picc, { ...NO_KEYS, verify: verifySecp256k1 }))
  t.match(proven, { contents: { kind: 'personhood' }, proof: { kind: 'authenticated' } })
  const plain = await bench.pass(readCard(pcd, picc, NO_KEYS))
  t.match(plain, { contents: { kind: 'personhood' }, proof: { kind: 'none' } })
})
