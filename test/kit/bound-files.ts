import type { CardContent } from '../../protocol/card/card-writing.ts'
import type { CardFile } from '../../protocol/card/layout.ts'
import { type Credential, cardBindingOf, issueCredential } from '../../protocol/credential.ts'
import { DAY_S } from '../../protocol/time.ts'
import { type CardProof, type Verification, verifyCredential } from '../../protocol/verify.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import { ALDER, ALDER_KIOSK, DEMO_NOW, demoSigner, demoTrust } from './demo-trust.ts'

/** The secret of the binding that the files of `boundFiles` have. */
export const BINDING_SECRET: Uint8Array = new Uint8Array(16).fill(9)

/** What one card holds in its life: provisional with a ticket, final, and a renewed final. */
export type BoundFiles = {
  readonly provisional: CardFile
  readonly final: CardFile
  readonly renewed: CardFile
  /** The first write. */
  readonly first: CardContent
}

/** Credentials that are bound to that card and verify with the demonstration's trust. */
export function boundFiles(uid: Uint8Array): BoundFiles {
  const common = {
    id: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    cardBinding: cardBindingOf(uid, BINDING_SECRET),
    status: { list: 1, index: 40_000 },
  }
  const final = (changes: Partial<Credential>): CardFile => ({
    credential: issueCredential(
      {
        ...common,
        issued: DEMO_NOW,
        expires: DEMO_NOW + 900 * DAY_S,
        assurance: 2,
        stage: 'final',
        ...changes,
      },
      demoSigner(ALDER, 'final'),
    ),
  })
  const provisional: CardFile = {
    credential: issueCredential(
      {
        ...common,
        issued: DEMO_NOW,
        expires: DEMO_NOW + 30 * DAY_S,
        assurance: 1,
        stage: 'provisional',
      },
      demoSigner(ALDER_KIOSK, 'provisional'),
    ),
    ticket: { number: Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1), deadline: DEMO_NOW + 3 * DAY_S },
  }
  return {
    provisional,
    final: final({}),
    renewed: final({ id: Uint8Array.of(8, 8, 8, 8, 8, 8, 8, 8), expires: DEMO_NOW + 99 * DAY_S }),
    first: { file: provisional, r: BINDING_SECRET },
  }
}

const TRUST = demoTrust()

/** What a verifier makes of a credential, offline. */
export function judged(bytes: Uint8Array, cardProof: CardProof): Verification {
  return verifyCredential({
    bytes,
    trust: TRUST,
    status: () => undefined,
    clock: { unix: DEMO_NOW + DAY_S, uncertaintyS: 0, source: 'test' },
    cardProof,
    verify: verifySecp256k1,
  })
}
