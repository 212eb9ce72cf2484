import fc from 'fast-check'
import t from 'tap'
import { Ntag424Memory } from '../../../hardware/nfc/ntag424-memory.ts'
import { toHex } from '../../../protocol/bytes.ts'
import { planMirror } from '../../../protocol/card/mirror.ts'
import { cardSettings } from '../../../protocol/card/preparation.ts'
import { CARD_UID } from '../../kit/nfc-bench.ts'
import { acceptedCuts } from '../../kit/parsers.ts'

/** A memory with something in each of its places. */
function filled(): Ntag424Memory {
  const memory = new Ntag424Memory(CARD_UID, Uint8Array.of(1, 2, 3))
  const [, tap] = memory.keys
  if (tap === undefined) throw new Error('there are five keys')
  Object.assign(tap, {
    key: new Uint8Array(16).fill(7),
    version: 3,
    failuresInRow: 4,
    failures: 777,
  })
  memory.hasRandomUid = true
  memory.mirrorCounter = 0x01_02_03
  const ndef = memory.file(2)
  if (ndef !== undefined)
    ndef.settings = cardSettings('open', planMirror('a.example').settings).ndef
  return memory
}

function restored(snapshot: Uint8Array): Ntag424Memory {
  const memory = new Ntag424Memory(new Uint8Array(7))
  memory.restore(snapshot)
  return memory
}

t.test('a snapshot brings back keys, rights, counters and identity', async (t) => {
  const snapshot = filled().snapshot()
  const copy = restored(snapshot)
  t.equal(toHex(copy.snapshot()), toHex(snapshot))
  t.match(copy, { hasRandomUid: true, mirrorCounter: 0x01_02_03 })
  t.match(copy.keys[1], { version: 3, failuresInRow: 4, failures: 777 })
  t.match(copy.file(2)?.settings, { mode: 'mac', mirror: { hasUid: true } })
})

t.test('a snapshot of before there were keys is a card with those of the factory', async (t) => {
  const old = filled().snapshot().slice(0, 428)
  old[4] = 0x01
  const copy = restored(old)
  t.same(
    copy.keys.map(({ version, failures }) => [version, failures]),
    Array(5).fill([0, 0]),
  )
  t.match(copy.file(2)?.settings, { rights: { write: 'free' } })
  t.equal(toHex(copy.file(2)?.bytes.slice(0, 3) ?? old), '010203')
})

t.test('any other bytes are no snapshot', async (t) => {
  const snapshot = filled().snapshot()
  t.same(
    acceptedCuts(snapshot, (cut) => restored(cut)),
    [],
  )
  t.throws(() => restored(snapshot.with(4, 3)), { code: 'bytes.card-snapshot' })
  t.throws(() => restored(Uint8Array.of(...snapshot, 0)), { code: 'bytes.card-snapshot' })
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 700 }), (noise) => {
      try {
        restored(noise)
        return false
      } catch (error) {
        return error instanceof Error && /no snapshot/.test(error.message)
      }
    }),
  )
})
