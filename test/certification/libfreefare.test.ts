import t from 'tap'
import { createNtag216 } from '../../hardware/nfc/ntag216-simulator.ts'
import { createNtag424 } from '../../hardware/nfc/ntag424-simulator.ts'
import { fromHex } from '../../protocol/bytes.ts'
import { CARD_UID } from '../kit/nfc-bench.ts'
import { notInstalled, runWithCards } from '../kit/pn532-terminal.ts'

const skip = notInstalled('mifare-ultralight-info', 'mifare-desfire-info', 'socat')

t.test('libfreefare takes the NTAG216 for a Type 2 Tag without a key', { skip }, async (t) => {
  // It asks for the authentication of an Ultralight C, and hears nothing.
  const told = await runWithCards(
    [createNtag216(fromHex('04a1b2c3d4e580'))],
    ['mifare-ultralight-info'],
  )
  t.match(told, /Tag with UID 04a1b2c3d4e580 is a Mifare UltraLight\n/)
})

t.test(
  'libfreefare takes an NTAG 424 DNA neither for a DESFire nor for a Type 2 Tag',
  { skip },
  async (t) => {
    for (const program of ['mifare-desfire-info', 'mifare-ultralight-info'] as const) {
      t.notMatch(
        await runWithCards([createNtag424({ uid: CARD_UID })], [program]),
        /Tag with UID|UID:/,
      )
    }
  },
)
