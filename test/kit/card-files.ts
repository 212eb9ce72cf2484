import type { CardFile } from '../../protocol/card/layout.ts'
import { cardBindingOf, issueCredential } from '../../protocol/credential.ts'
import { DAY_S } from '../../protocol/time.ts'
import { ALDER, ALDER_KIOSK, DEMO_NOW, demoSigner } from './demo-trust.ts'

const COMMON = {
  id: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  cardBinding: cardBindingOf(new Uint8Array(7).fill(4), new Uint8Array(16).fill(9)),
  status: { list: 1, index: 40_000 },
}

/** What a kiosk writes first: a provisional credential, and the ticket that each of them carries. */
export const PROVISIONAL_FILE: CardFile = {
  credential: issueCredential(
    {
      ...COMMON,
      issued: DEMO_NOW,
      expires: DEMO_NOW + 30 * DAY_S,
      assurance: 1,
      stage: 'provisional',
    },
    demoSigner(ALDER_KIOSK, 'provisional'),
  ),
  ticket: { number: Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1), deadline: DEMO_NOW + 3 * DAY_S + 1 },
}

/** What it becomes at a later tap: the same identity, signed by the district, nothing pending. */
export const FINAL_FILE: CardFile = {
  credential: issueCredential(
    {
      ...COMMON,
      issued: DEMO_NOW + DAY_S,
      expires: DEMO_NOW + 900 * DAY_S,
      assurance: 3,
      stage: 'final',
    },
    demoSigner(ALDER, 'final'),
  ),
}
