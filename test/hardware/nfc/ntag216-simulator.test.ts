import t from 'tap'
import { createNtag216, type Ntag216 } from '../../../hardware/nfc/ntag216-simulator.ts'
import { fromHex, toHex } from '../../../protocol/bytes.ts'

const UID = fromHex('04a1b2c3d4e580')

/** The last answer to a run of commands, in hex; undefined where the card says nothing. */
function talk(card: Ntag216, ...commands: readonly string[]): string | undefined {
  let answer: Uint8Array | undefined
  for (const command of commands) answer = card.exchange(fromHex(command))
  return answer && toHex(answer)
}

t.test('an NTAG216 is read by pages and speaks no APDU', async (t) => {
  const card = createNtag216(UID)
  t.equal(card.sak, 0x00)
  t.equal(talk(card, '3000'), '04a1b29fc3d4e58072480000e1106d00')
  t.equal(talk(card, '30e7'), undefined, 'behind the last page')
  t.equal(
    talk(card, '30e6')?.slice(8),
    '04a1b29fc3d4e58072480000',
    'over the end it goes on at page 0',
  )
  t.equal(talk(card, '3a0305'), 'e1106d000300fe0000000000')
  t.equal(talk(card, '3a0503'), undefined)
  t.equal(talk(card, '60'), '0004040201001303')
  t.equal(talk(card, '00a4040007d276000085010100'), undefined)
  for (const cut of ['', '30', 'a204010203', '1b0102', '6000']) t.equal(talk(card, cut), undefined)
})

t.test('data pages take what is written, in both forms; one-time bits are only set', async (t) => {
  const card = createNtag216(UID)
  t.equal(talk(card, 'a20401020304'), '')
  t.equal(talk(card, `a005${'05060708'}${'00'.repeat(12)}`), '')
  t.equal(talk(card, '3004')?.slice(0, 16), '0102030405060708')
  t.equal(talk(card, 'a20000000000'), undefined, 'the UID')
  t.equal(talk(card, 'a2030e000000', '3003')?.slice(0, 8), 'ef106d00')
  t.equal(talk(card, 'a202ffff1000', '3002')?.slice(0, 8), '72481000')
  t.equal(talk(card, 'a20401010101'), undefined, 'page 4 is locked now')
  t.equal(talk(card, 'a20501010101'), '')
})

t.test(
  'a password protects what it is set for, reads as zeros and bears no guessing',
  async (t) => {
    const card = createNtag216(UID)
    talk(card, 'a2e501020304', 'a2e6aabb0000', 'a2e302000000', 'a2e304000004')
    t.equal(talk(card, '30e5')?.slice(0, 16), '0000000000000000')
    t.equal(talk(card, 'a20500000000'), undefined)
    t.equal(talk(card, '3005')?.length, 32, 'reading is free')
    t.equal(talk(card, '1b01020305'), undefined)
    t.equal(talk(card, '1b01020304'), 'aabb')
    t.equal(talk(card, 'a20500000001'), '')
    t.equal(talk(card, 'a2e481000000'), '', 'reading too, and two tries')
    card.arrive()
    t.equal(talk(card, '3004'), undefined)
    t.equal(talk(card, '3a0004'), undefined)
    t.equal(talk(card, '1b00000000', '1b00000000', '1b01020304'), undefined, 'locked out')
  },
)

t.test(
  'a page that is torn is written or not, and the card is away until it arrives',
  async (t) => {
    for (const isWritten of [false, true]) {
      const card = createNtag216(UID)
      card.tearAt(2, isWritten)
      t.equal(talk(card, 'a20401010101'), '')
      t.equal(talk(card, 'a20502020202'), undefined)
      t.ok(card.isAway)
      t.equal(talk(card, '3004'), undefined)
      card.arrive()
      t.equal(
        talk(card, '3004')?.slice(0, 16),
        `01010101${isWritten ? '02020202' : 'fe000000'}`.replace(
          'fe000000',
          toHex(card.snapshot().slice(20, 24)),
        ),
      )
      t.equal(card.snapshot()[20] === 2, isWritten)
    }
  },
)
