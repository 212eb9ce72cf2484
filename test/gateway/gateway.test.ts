import t from 'tap'
import { parseCredential } from '../../protocol/credential.ts'
import { verifyCredential } from '../../protocol/verify.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import { ALDER, BIRCH } from '../kit/demo-trust.ts'
import { createWorld, startDistrict, until } from './bench.ts'
import { connectKiosk } from './kiosk.ts'

t.test('an enrolment becomes final once the peer has said none', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER)
  await startDistrict(t, world, BIRCH)
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  const { receipt, id, credential, enrolment } = await kiosk.enrol(1)
  t.equal(receipt?.refusal, undefined)
  t.equal(receipt?.logIndex, 0)
  t.ok(await until(world, () => alder.gateway.state.counts.final === 1))
  const [row] = await kiosk.finals(id)
  t.equal(row?.state, 'ready')
  const final = parseCredential(row?.credential ?? new Uint8Array()).credential
  t.same(final.status, credential.status)
  t.same(final.cardBinding, credential.cardBinding)
  t.equal(final.stage, 'final')
  t.equal(final.assurance, 5, 'both districts of the nation were asked')
  t.notSame(final.id, credential.id)
  t.equal(row?.credential?.length, enrolment.credential.length)
  const verdict = verifyCredential({
    bytes: row?.credential ?? new Uint8Array(),
    trust: alder.trust.current,
    status: () => undefined,
    clock: world.clock.now(),
    cardProof: { kind: 'authenticated', ...enrolment.card },
    verify: verifySecp256k1,
  })
  t.same([verdict.outcome, verdict.proof], ['go', 'card'])
  t.same(alder.failures, [])
})
