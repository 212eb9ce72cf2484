import t from 'tap'
import { verifyMessage } from '../../protocol/secp256k1.ts'
import { verifyCredential } from '../../protocol/verify.ts'
import { ALDER, DEMO_NOW, demoCredentialBytes, demoTrust } from '../kit/demo-trust.ts'

t.test('an honest final credential opens, and says what that rests on', async (t) => {
  const verdict = verifyCredential({
    bytes: demoCredentialBytes(),
    trust: demoTrust(),
    status: () => undefined,
    clock: { unix: DEMO_NOW, uncertaintyS: 0, source: 'test' },
    cardProof: { kind: 'none' },
    verify: verifyMessage,
  })
  t.same(verdict, {
    outcome: 'go',
    reason: 'ok',
    assurance: 2,
    proof: 'signature',
    staleness: 'unknown',
    issuer: ALDER,
    stage: 'final',
  })
})
