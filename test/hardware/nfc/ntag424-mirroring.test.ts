import t from 'tap'
import { Ntag424Memory } from '../../../hardware/nfc/ntag424-memory.ts'
import { mirrored, mirrorFault, randomIdentity } from '../../../hardware/nfc/ntag424-mirroring.ts'
import { fromHex, fromText, toHex, toText } from '../../../protocol/bytes.ts'
import type { MirrorSettings } from '../../../protocol/card/file-settings.ts'
import { verifyMirror } from '../../../protocol/card/mirror.ts'
import { aes128 } from '../../../runtime/crypto.ts'
import { CARD_UID } from '../../kit/nfc-bench.ts'

const ENCRYPTED: MirrorSettings = {
  hasUid: true,
  hasCounter: true,
  metaRead: 2,
  fileRead: 1,
  counterRead: 'never',
  piccDataOffset: 10,
  macInputOffset: 50,
  encrypted: { offset: 50, length: 32 },
  macOffset: 90,
}

t.test('what a phone reads is encrypted, and verifies with the keys', async (t) => {
  const memory = new Ntag424Memory(CARD_UID)
  memory.mirrorCounter = 9
  const stored = new Uint8Array(256)
  stored.set(fromText('sixteen bytes ..'), 50)
  const shown = mirrored(memory, stored, ENCRYPTED)
  const digits = (start: number, end: number) => fromHex(toText(shown.slice(start, end)))
  const zero = new Uint8Array(16)
  const tapped = verifyMirror(
    aes128,
    { meta: zero, file: () => zero },
    {
      identity: { piccData: digits(10, 42) },
      encrypted: digits(50, 82),
      mac: digits(90, 106),
      macInput: shown.slice(50, 90),
    },
  )
  t.match(tapped, { counter: 9 })
  t.equal(toHex(tapped?.uid ?? zero), toHex(CARD_UID))
  t.equal(toText(tapped?.fileData ?? zero), 'sixteen bytes ..')
  t.ok(
    stored.slice(90, 106).every((byte) => byte === 0),
    'the file itself is as it was',
  )
})

t.test('settings that the data sheet refuses are refused', async (t) => {
  t.equal(mirrorFault(ENCRYPTED, 256), undefined)
  for (const [why, changes] of [
    ['nothing to mirror', { hasUid: false, hasCounter: false, encrypted: undefined }],
    ['UID mirrored to nobody', { metaRead: 'never' }],
    ['no counter to retrieve', { hasCounter: false, counterRead: 1, encrypted: undefined }],
    ['encryption without', { hasCounter: false }],
    ['encryption without', { fileRead: 'never' }],
    ['beyond the file', { macOffset: 250 }],
    ['overlap', { piccDataOffset: 30 }],
    ['overlap', { macOffset: 70 }],
    ['MAC before its input', { macInputOffset: 120, encrypted: undefined }],
    ['outside the MAC', { encrypted: { offset: 50, length: 30 } }],
    ['outside the MAC', { macInputOffset: 60 }],
    ['outside the MAC', { encrypted: { offset: 110, length: 32 } }],
  ] as const) {
    t.match(mirrorFault({ ...ENCRYPTED, ...changes }, 256), new RegExp(why), why)
  }
})

t.test('a random identity has four bytes and says that it is one', async (t) => {
  const seen = new Set(Array.from({ length: 20 }, () => toHex(randomIdentity())))
  t.ok(seen.size > 15)
  for (const identity of seen) t.match(identity, /^08.{6}$/)
})
