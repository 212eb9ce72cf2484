import fc from 'fast-check'
import t from 'tap'
import { restoreNtag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { converse } from '../../../hardware/nfc/virtual-card.ts'
import { writePersonhoodCard } from '../../../protocol/card/card-writing.ts'
import { readEllipticCard } from '../../../protocol/card/elliptic-card.ts'
import type { CardScript } from '../../../protocol/card/ntag424.ts'
import { readPersonhoodCard } from '../../../protocol/card/personhood-card.ts'
import { hasCode } from '../../../protocol/errors.ts'
import { randomBytes, verifySecp256k1 } from '../../../runtime/crypto.ts'
import { boundFiles } from '../../kit/bound-files.ts'
import { preparedCard, toolsFor, uidOf } from '../../kit/keyed-cards.ts'

const UID = uidOf(1)
const FILES = boundFiles(UID)

const SCRIPTS: Readonly<Record<string, () => CardScript<unknown>>> = {
  'a read': () => readPersonhoodCard(toolsFor('open', UID), UID),
  'a private read': () => readPersonhoodCard(toolsFor('private', UID), UID),
  'a first write': () => writePersonhoodCard(toolsFor('open', UID), UID, FILES.first),
  'an upgrade': () => writePersonhoodCard(toolsFor('open', UID), UID, { file: FILES.final }),
  'a read by elliptic key': () =>
    readEllipticCard({ random: randomBytes, verify: verifySecp256k1 }, UID),
}

/** True where the script ends, or refuses in the words that a tap understands. */
function isOrderly(script: CardScript<unknown>, exchange: (c: Uint8Array) => Uint8Array): boolean {
  try {
    converse({ exchange }, script)
    return true
  } catch (error) {
    return hasCode(error, 'card') || hasCode(error, 'bytes')
  }
}

const STATUS = fc.constantFrom([0x90, 0x00], [0x91, 0x00], [0x91, 0xaf], [0x91, 0xae], [0x6a, 0x82])
const ANSWER = fc
  .tuple(fc.uint8Array({ maxLength: 256 }), STATUS)
  .map(([data, sw]) => Uint8Array.of(...data, ...sw))

for (const [name, begin] of Object.entries(SCRIPTS)) {
  t.test(`${name} of a card that answers noise ends in order`, async () => {
    fc.assert(
      fc.property(fc.array(ANSWER, { minLength: 1, maxLength: 40 }), (answers) => {
        const left = [...answers]
        return isOrderly(begin(), () => left.shift() ?? Uint8Array.of(0x6f, 0x00))
      }),
    )
  })

  t.test(`${name} of a true card that begins to lie ends in order`, async () => {
    const card = preparedCard(UID)
    if (name !== 'a first write') {
      converse(card, writePersonhoodCard(toolsFor('open', UID), UID, FILES.first))
    }
    const snapshot = card.snapshot()
    fc.assert(
      fc.property(fc.nat({ max: 40 }), ANSWER, (from, answer) => {
        const copy = restoreNtag424(snapshot)
        let count = 0
        return isOrderly(begin(), (command) => {
          const honest = copy.exchange(command) ?? Uint8Array.of(0x6f, 0x00)
          return count++ === from ? answer : honest
        })
      }),
    )
  })
}
