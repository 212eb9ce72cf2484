import t from 'tap'
import { type CborValue, decodeCbor, encodeCbor } from '../../protocol/cbor.ts'
import { kidBytesOf, kidOf } from '../../protocol/cose-key.ts'
import { parseSign1, signSign1 } from '../../protocol/cose-sign1.ts'
import { type Delegation, signDelegation } from '../../protocol/delegation.ts'
import { parseDistrictPath } from '../../protocol/district.ts'
import { publicKeyOf, verifyMessage } from '../../protocol/secp256k1.ts'
import { DAY_S } from '../../protocol/time.ts'
import {
  findKeys,
  findSigners,
  isInForce,
  parseTrustList,
  type RootSet,
  signTrustList,
  stationKeys,
  type TrustListBody,
} from '../../protocol/trust-list.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import {
  ALDER,
  ALDER_KIOSK,
  BIRCH,
  BIRCH_KIOSK,
  DEMO_NOW,
  DEMO_ROOT,
  demoDelegation,
  demoKey,
  demoPublicKey,
  demoRootSigners,
  demoRoots,
  demoSigner,
  demoTrust,
  demoTrustBody,
  demoTrustList,
} from '../kit/demo-trust.ts'
import { acceptedCuts, acceptedFlips, feedNoise } from '../kit/parsers.ts'
import { bodyOf, DISTRICT, open, type Step } from './trust-steps.ts'

t.test('a list names stations, their keys and their limits', async (t) => {
  const trust = demoTrust()
  t.same(trust.districts, [ALDER, BIRCH])
  t.ok(trust.isDemo)
  const { publicKey } = demoPublicKey(ALDER_KIOSK, 'provisional')
  const [key, ...others] = findKeys(trust, kidOf(publicKey), 'provisional')
  t.same(others, [])
  t.match(key, {
    station: ALDER_KIOSK,
    role: 'kiosk',
    maxAssurance: 1,
    quotaPerDay: 200,
    publicKey,
  })
  t.same(findKeys(trust, kidOf(publicKey), 'relay'), [], 'each key has one use')
})

t.test('the whole chain of four steps is walked', async (t) => {
  const [province, city] = ['demo.east', 'demo.east.lime']
  const trust = open(
    bodyOf(
      { subject: province, by: DEMO_ROOT, changes: { role: 'province' } },
      { subject: city, by: province, changes: { role: 'city' } },
      { subject: ALDER, by: city, changes: { maxAssurance: 4 } },
      { subject: ALDER_KIOSK, by: ALDER, changes: { expires: DEMO_NOW + DAY_S } },
    ),
  )
  t.same(trust.districts, [ALDER])
  t.equal(stationKeys(trust, ALDER_KIOSK, 'relay', DEMO_NOW).length, 1)
})

t.test('each step may only narrow', async (t) => {
  const year = 365 * DAY_S
  const kioskBy = (changes: Partial<Delegation>) =>
    bodyOf(DISTRICT, { subject: ALDER_KIOSK, by: ALDER, changes })
  const province: Step = {
    subject: 'demo.east',
    by: DEMO_ROOT,
    changes: { role: 'province', quotaPerDay: 100 },
  }
  const wrong: readonly [RegExp, TrustListBody][] = [
    [/outside demo/, bodyOf({ subject: 'north.east', by: DEMO_ROOT })],
    [/outside/, bodyOf(DISTRICT, { subject: BIRCH_KIOSK, by: ALDER })],
    [/outside/, bodyOf(province, { subject: 'demo.eastern.lime.oak', by: 'demo.east' })],
    [
      /no kiosk of demo.east/,
      bodyOf(
        { subject: 'demo.east', by: DEMO_ROOT },
        { subject: 'demo.east.lime/k1', by: 'demo.east' },
      ),
    ],
    [
      /no path of a kiosk/,
      bodyOf(DISTRICT, {
        subject: 'demo.east.lime.alder',
        by: ALDER,
        changes: { role: 'kiosk', keys: [demoPublicKey(ALDER, 'relay')] },
      }),
    ],
    [
      /no path of a district/,
      bodyOf({ subject: ALDER_KIOSK, by: DEMO_ROOT, changes: { role: 'district' } }),
    ],
    [/no lower a station/, bodyOf(DISTRICT, { subject: ALDER, by: ALDER })],
    [
      /no lower a station/,
      bodyOf(DISTRICT, { subject: ALDER, by: ALDER, changes: { role: 'province' } }),
    ],
    [/begins before/, kioskBy({ notBefore: DEMO_NOW - 2 * DAY_S })],
    [/ends before it begins/, kioskBy({ expires: DEMO_NOW - DAY_S })],
    [/outlives/, kioskBy({ expires: DEMO_NOW + year + 1 })],
    [
      /more assurance/,
      bodyOf(
        { ...DISTRICT, changes: { maxAssurance: 2 } },
        { subject: ALDER_KIOSK, by: ALDER, changes: { maxAssurance: 3 } },
      ),
    ],
    [
      /larger quota/,
      bodyOf(province, { subject: ALDER, by: 'demo.east', changes: { quotaPerDay: 101 } }),
    ],
    [/larger quota/, bodyOf(province, { subject: ALDER, by: 'demo.east' })],
    [/kiosk with a final key/, kioskBy({ keys: [demoPublicKey(ALDER_KIOSK, 'final')] })],
    [/kiosk with a delegation key/, kioskBy({ keys: [demoPublicKey(ALDER_KIOSK, 'delegation')] })],
    [/kiosk with a log key/, kioskBy({ keys: [demoPublicKey(ALDER_KIOSK, 'log')] })],
    [
      /district with a provisional key/,
      bodyOf({ ...DISTRICT, changes: { keys: [demoPublicKey(ALDER, 'provisional')] } }),
    ],
    [
      /city with a final key/,
      bodyOf({
        subject: 'demo.east.lime',
        by: DEMO_ROOT,
        changes: { role: 'city', keys: [demoPublicKey(ALDER, 'final')] },
      }),
    ],
    [
      /log key that is not Ed25519/,
      bodyOf({
        ...DISTRICT,
        changes: { keys: [{ use: 'log', publicKey: publicKeyOf(demoKey(ALDER, 'relay')) }] },
      }),
    ],
  ]
  for (const [problem, body] of wrong) {
    t.throws(() => open(body), { code: 'bytes.trust', message: problem }, String(problem))
  }
})

t.test('the honest neighbours of those are taken', async (t) => {
  const province: Step = {
    subject: 'demo.east',
    by: DEMO_ROOT,
    changes: { role: 'province', quotaPerDay: 100 },
  }
  t.ok(open(bodyOf(province, { subject: ALDER, by: 'demo.east', changes: { quotaPerDay: 100 } })))
  t.ok(
    open(
      bodyOf(DISTRICT, {
        subject: ALDER_KIOSK,
        by: ALDER,
        changes: { expires: DEMO_NOW + 365 * DAY_S },
      }),
    ),
  )
  t.ok(open(bodyOf({ subject: ALDER_KIOSK, by: DEMO_ROOT })))
})

t.test('a delegation that nobody above signed sinks the list', async (t) => {
  const wrong: readonly [string, TrustListBody][] = [
    ['a kiosk before its district', bodyOf({ subject: ALDER_KIOSK, by: ALDER }, DISTRICT)],
    ['a stranger', bodyOf({ subject: ALDER, by: 'stranger' })],
    [
      'a kiosk',
      bodyOf(
        DISTRICT,
        { subject: ALDER_KIOSK, by: ALDER },
        { subject: `${ALDER}/k2`, by: ALDER_KIOSK },
      ),
    ],
  ]
  for (const [who, body] of wrong) {
    t.throws(() => open(body), { code: 'bytes.trust', message: /no station above/ }, who)
  }
  const relaySigned = signDelegation(demoDelegation(ALDER_KIOSK), demoSigner(ALDER, 'relay'))
  const body = bodyOf(DISTRICT)
  t.throws(() => open({ ...body, delegations: [...body.delegations, relaySigned] }), {
    code: 'bytes.trust',
  })
  const otherPurpose = signSign1(
    demoSigner(DEMO_ROOT, 'delegation'),
    parseSign1(body.delegations[0] ?? new Uint8Array()).payload,
    'credential',
  )
  t.throws(() => open({ ...body, delegations: [otherPurpose] }), { code: 'bytes.trust' })
  t.throws(
    () =>
      open(
        bodyOf({
          ...DISTRICT,
          changes: { keys: [{ use: 'relay', publicKey: new Uint8Array(33) }] },
        }),
      ),
    {
      code: 'bytes.public-key',
    },
  )
})

t.test('more signatures than a root set has are not looked at', (t) => {
  const body = demoTrustBody([ALDER])
  const [signer] = demoRootSigners()
  if (signer === undefined) throw new Error('no root')
  const signedBy = (count: number) =>
    signTrustList(
      body,
      Array.from({ length: count }, () => signer),
    )
  let checks = 0
  const counting: typeof verifyMessage = (...parts) => {
    checks += 1
    return verifyMessage(...parts)
  }
  t.throws(() => parseTrustList(signedBy(17), demoRoots(), counting), { code: 'bytes.trust' })
  t.equal(checks, 0)
  t.ok(parseTrustList(signedBy(16), demoRoots(), counting))
  t.end()
})

t.test('nobody can take the key of another station for one of its own', (t) => {
  const victim = demoPublicKey(BIRCH, 'relay')
  const kiosk = demoDelegation(`${ALDER}/k9`)
  const posing = { ...kiosk, keys: [victim, ...kiosk.keys.filter(({ use }) => use !== 'relay')] }
  const own = demoTrustBody()
  const stolen = signDelegation(posing, demoSigner(ALDER, 'delegation'))
  const [alder, ...others] = own.delegations
  if (alder === undefined) throw new Error('no delegation of Alder')
  const body = { ...own, delegations: [alder, stolen, ...others] }
  t.throws(() => demoTrust(body), { code: 'bytes.trust', message: /share a key/ })
  const twoUses = { ...kiosk, keys: [...kiosk.keys, { ...victim, use: 'operator' as const }] }
  const signed = signDelegation(twoUses, demoSigner(ALDER, 'delegation'))
  t.throws(() => demoTrust({ ...own, delegations: [...own.delegations, signed] }), /share a key/)
  t.end()
})

t.test('as many different roots as the threshold asks must sign the same list', async (t) => {
  const body = demoTrustBody()
  const roots = demoRoots(2, 3)
  const [one, two, three] = demoRootSigners(3)
  if (one === undefined || two === undefined || three === undefined) throw new Error('three roots')
  const isTaken = (received: Uint8Array) => {
    try {
      return parseTrustList(received, roots, verifyMessage).version === 1
    } catch {
      return false
    }
  }
  t.ok(isTaken(signTrustList(body, [one, two])))
  t.ok(isTaken(signTrustList(body, [three, one])))
  t.ok(isTaken(signTrustList(body, [one, demoSigner('stranger', 'delegation'), two])))
  t.notOk(isTaken(signTrustList(body, [one])))
  t.notOk(isTaken(signTrustList(body, [one, one])), 'the same root twice')
  t.notOk(isTaken(signTrustList(body, [one, demoSigner('stranger', 'delegation')])))
  t.notOk(isTaken(signTrustList(body, [])))
  const items = (changed: TrustListBody, signer: typeof one) =>
    decodeCbor(signTrustList(changed, [signer])) as readonly CborValue[]
  const mixed = encodeCbor([...items(body, one), ...items({ ...body, version: 2 }, two)])
  t.notOk(isTaken(mixed), 'two roots over two lists')
  const many = encodeCbor(Array.from({ length: 17 }, () => items(body, one)[0] as CborValue))
  t.notOk(isTaken(many))
})

t.test('a threshold that nobody or no set of roots could meet is refused', async (t) => {
  const list = demoTrustList()
  const [root = new Uint8Array()] = demoRoots().publicKeys
  const wrong: readonly Partial<RootSet>[] = [
    { threshold: 0 },
    { threshold: 2 },
    { threshold: 1.5 },
    { publicKeys: [root, root], threshold: 2 },
    { publicKeys: [] },
  ]
  for (const changes of wrong) {
    t.throws(() => parseTrustList(list, { ...demoRoots(), ...changes }, verifyMessage), {
      code: 'config.roots',
    })
  }
})

t.test('only the demonstration root makes demonstration trust', async (t) => {
  const roots: RootSet = {
    path: parseDistrictPath('north'),
    publicKeys: [publicKeyOf(demoKey('north', 'delegation'))],
    threshold: 1,
  }
  const delegation = { ...demoDelegation('north.a'), subject: 'north.a' }
  const signer = demoSigner('north', 'delegation')
  const body = { ...demoTrustBody([]), delegations: [signDelegation(delegation, signer)] }
  t.notOk(parseTrustList(signTrustList(body, [signer]), roots, verifyMessage).isDemo)
  const demo = { ...body, delegations: [signDelegation(demoDelegation(ALDER), signer)] }
  t.throws(() => parseTrustList(signTrustList(demo, [signer]), roots, verifyMessage), {
    code: 'bytes.trust',
    message: /outside north/,
  })
})

t.test('revoked keys say up to which log index they were good, and are not in force', async (t) => {
  const { publicKey } = demoPublicKey(ALDER_KIOSK, 'relay')
  const trust = demoTrust(
    demoTrustBody(undefined, 2, [{ kid: kidBytesOf(publicKey), throughLogIndex: 17 }]),
  )
  const [key] = findKeys(trust, kidOf(publicKey), 'relay')
  t.equal(key?.revokedAfterLogIndex, 17)
  t.same(stationKeys(trust, ALDER_KIOSK, 'relay', DEMO_NOW), [])
  t.equal(stationKeys(trust, ALDER_KIOSK, 'seal', DEMO_NOW).length, 1)
})

t.test('keys in force come newest first, and only within their time', async (t) => {
  const renewed = { keys: [demoPublicKey('renewed', 'relay')], notBefore: DEMO_NOW }
  const trust = open(
    bodyOf(
      DISTRICT,
      { subject: ALDER_KIOSK, by: ALDER },
      { subject: ALDER_KIOSK, by: ALDER, changes: renewed },
    ),
  )
  const from = (now: number) =>
    stationKeys(trust, ALDER_KIOSK, 'relay', now).map(({ notBefore }) => notBefore)
  t.same(from(DEMO_NOW - DAY_S - 1), [])
  t.same(from(DEMO_NOW - DAY_S), [DEMO_NOW - DAY_S])
  t.same(from(DEMO_NOW), [DEMO_NOW, DEMO_NOW - DAY_S])
  t.same(from(DEMO_NOW + 90 * DAY_S), [])
  const [key] = trust.keys
  t.ok(key && isInForce(key, key.notBefore - 600) && !isInForce(key, key.notBefore - 601))
  t.ok(key && isInForce(key, key.expires + 599) && !isInForce(key, key.expires + 600))
})

t.test(
  'a renewed key answers once for each of its delegations, at the price of one check',
  async (t) => {
    const trust = open(
      bodyOf(
        DISTRICT,
        { subject: ALDER_KIOSK, by: ALDER },
        { subject: ALDER_KIOSK, by: ALDER, changes: { notBefore: DEMO_NOW } },
      ),
    )
    let checks = 0
    const counting: typeof verifyMessage = (...parts) => {
      checks += 1
      return verifyMessage(...parts)
    }
    const message = parseSign1(
      signSign1(demoSigner(ALDER_KIOSK, 'relay'), new Uint8Array(), 'pop-inner-1'),
    )
    t.equal(findSigners(trust, message, 'relay', 'pop-inner-1', counting).length, 2)
    t.equal(checks, 1)
    t.same(findSigners(trust, message, 'relay', 'pop-envelope-1', counting), [])
    t.same(findSigners(trust, message, 'seal', 'pop-inner-1', counting), [])
  },
)

t.test('where identifiers collide, the signature decides', async (t) => {
  const trust = demoTrust()
  const message = parseSign1(signSign1(demoSigner(ALDER, 'relay'), new Uint8Array(), 'pop-inner-1'))
  const [own] = findKeys(trust, message.kid, 'relay')
  if (own === undefined) throw new Error('no relay key')
  const impostor = { ...own, publicKey: demoPublicKey(BIRCH, 'relay').publicKey, station: BIRCH }
  for (const keys of [
    [impostor, own],
    [own, impostor],
  ]) {
    const found = findSigners({ ...trust, keys }, message, 'relay', 'pop-inner-1', verifyMessage)
    t.same(
      found.map(({ station }) => station),
      [ALDER],
    )
  }
})

t.test('no byte may be missing, no bit may change, and noise is refused', async (t) => {
  const list = demoTrustList(demoTrustBody([ALDER]))
  const parse = (bytes: Uint8Array) => parseTrustList(bytes, demoRoots(), verifySecp256k1)
  t.ok(parse(list))
  t.same(acceptedCuts(list, parse), [])
  t.same(acceptedFlips(list, parse), [])
  feedNoise(parse)
})
