import { type Delegation, signDelegation } from '../../protocol/delegation.ts'
import type { StationPath } from '../../protocol/district.ts'
import { verifyMessage } from '../../protocol/secp256k1.ts'
import {
  parseTrustList,
  type RootSet,
  type Trust,
  type TrustListBody,
} from '../../protocol/trust-list.ts'
import {
  ALDER,
  DEMO_ROOT,
  demoDelegation,
  demoRoots,
  demoSigner,
  demoTrustBody,
  demoTrustList,
} from '../kit/demo-trust.ts'

export type Step = {
  readonly subject: StationPath
  readonly by: StationPath
  readonly changes?: Partial<Delegation>
}

/** A trust list body of these steps, each an honest delegation but for its changes. */
export function bodyOf(...steps: readonly Step[]): TrustListBody {
  const delegations = steps.map(({ subject, by, changes }) => {
    const delegation = { ...demoDelegation(subject, changes?.role), ...changes }
    return signDelegation(delegation, demoSigner(by, 'delegation'))
  })
  return { ...demoTrustBody([]), delegations }
}

/** The list of that body, verified. */
export function open(body: TrustListBody, roots: RootSet = demoRoots()): Trust {
  return parseTrustList(demoTrustList(body), roots, verifyMessage)
}

export const DISTRICT: Step = { subject: ALDER, by: DEMO_ROOT }
