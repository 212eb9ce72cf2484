import fc from 'fast-check'
import t from 'tap'
import {
  asksForLight,
  CHALLENGE_SEED_BYTES,
  createChallenge,
  encodeChallenge,
  FLASH_LIT,
  hasFlash,
  illuminationAt,
  MAX_CHALLENGE_FRAMES,
  parseChallenge,
  segmentNonce,
} from '../../../biometrics/pad/challenge.ts'
import { equalBytes, toHex } from '../../../protocol/bytes.ts'
import { acceptedCuts, acceptedFlips, feedNoise, isRefused } from '../../kit/parsers.ts'

const SEED = Uint8Array.from({ length: CHALLENGE_SEED_BYTES }, (_, i) => i)
const seeds = fc.uint8Array({ minLength: CHALLENGE_SEED_BYTES, maxLength: CHALLENGE_SEED_BYTES })

t.test('equal random bytes give an equal challenge, others another', async () => {
  fc.assert(
    fc.property(seeds, seeds, (a, b) => {
      const [first, second] = [createChallenge(a), createChallenge(b)]
      return (
        equalBytes(first.nonce, createChallenge(a).nonce) &&
        equalBytes(first.nonce, second.nonce) === equalBytes(a, b)
      )
    }),
  )
})

t.test('without flashes the sides still change, in an order of the seed', async (t) => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const challenge = createChallenge(seed, 'without-flashes')
      const frames = challenge.segments.reduce((sum, segment) => sum + segment.frames, 0)
      const sides = challenge.segments.map(({ illumination }) => new Set(illumination).size)
      const isOther = !equalBytes(challenge.nonce, createChallenge(seed).nonce)
      return !hasFlash(challenge) && isOther && frames >= 48 && sides.every((size) => size === 3)
    }),
  )
  t.ok(hasFlash(createChallenge(SEED)))
})

t.test('where light is as it is nothing is asked, and nothing is shown by it', async (t) => {
  const challenge = createChallenge(SEED, 'as-it-is')
  t.ok(challenge.segments.every(({ illumination }) => illumination.join() === '0'))
  t.notOk(asksForLight(challenge))
  t.notOk(hasFlash(challenge))
  t.ok(asksForLight(createChallenge(SEED)))
  t.ok(asksForLight(createChallenge(SEED, 'without-flashes')))
  t.throws(() => parseChallenge(encodeChallenge(challenge)), { code: 'bytes.pad-challenge' })
})

t.test('a challenge is one that the orb link can carry', async () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { segments } = createChallenge(seed)
      const frames = segments.reduce((sum, segment) => sum + segment.frames, 0)
      const flashes = segments.filter(({ illumination }) =>
        illumination.every((id) => (id & FLASH_LIT) !== 0),
      )
      const dark = segments.filter(({ illumination }) => illumination.every((id) => id < FLASH_LIT))
      const sides = segments.map(({ illumination }) => new Set(illumination.map((id) => id & 3)))
      return (
        frames <= MAX_CHALLENGE_FRAMES &&
        flashes.length === 2 &&
        dark.length === 3 &&
        segments.every(({ illumination }) => illumination.length === 8) &&
        // Left, right and both in each, and near-infrared light in every frame.
        sides.every((set) => set.size === 3 && !set.has(0))
      )
    }),
  )
})

t.test('when the flashes come cannot be foreseen', async (t) => {
  const times = new Set<string>()
  for (let i = 0; i < 200; i++) {
    const { segments } = createChallenge(SEED.with(0, i))
    times.add(`${segments[0]?.frames} ${segments[2]?.frames}`)
  }
  t.ok(times.size > 150, `${times.size} of 200 differ`)
})

t.test('a challenge comes back from its bytes with the nonce that only it has', async (t) => {
  const challenge = createChallenge(SEED)
  const bytes = encodeChallenge(challenge)
  t.same(parseChallenge(bytes), challenge)
  t.equal(bytes.length, 1 + 16 + 1 + 5 * 10)
  t.equal(bytes[0], 1)
  const changed = parseChallenge(bytes.with(18, (bytes[18] ?? 0) + 1))
  t.equal(changed.segments[0]?.frames, (challenge.segments[0]?.frames ?? 0) + 1)
  t.notOk(equalBytes(changed.nonce, challenge.nonce))
})

t.test('each bit that is accepted changes the nonce', async (t) => {
  const bytes = encodeChallenge(createChallenge(SEED))
  const nonce = parseChallenge(bytes).nonce
  for (const flip of acceptedFlips(bytes, parseChallenge)) {
    const [offset, bit] = flip.split('.').map(Number)
    const changed = bytes.with(offset ?? 0, (bytes[offset ?? 0] ?? 0) ^ (1 << (bit ?? 0)))
    if (equalBytes(parseChallenge(changed).nonce, nonce)) t.fail(flip)
  }
  t.not(acceptedFlips(bytes, parseChallenge).length, 0)
})

t.test('cut at any byte, too long, or noise: refused', async (t) => {
  const bytes = encodeChallenge(createChallenge(SEED))
  t.same(acceptedCuts(bytes, parseChallenge), [])
  t.ok(isRefused(() => parseChallenge(Uint8Array.of(...bytes, 0))))
  feedNoise(parseChallenge)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (tail) => {
      isRefused(() => parseChallenge(Uint8Array.of(...bytes.subarray(0, 17), ...tail)))
    }),
  )
})

t.test('what the head could not do is refused', async (t) => {
  const salt = new Array<number>(16).fill(7)
  const parse = (...rest: number[]) => parseChallenge(Uint8Array.of(1, ...salt, ...rest))
  t.same(parse(1, 5, 1, 3).segments, [{ frames: 5, illumination: [3] }])
  const wrong = [
    [0],
    [9],
    [1, 0, 1, 3], // no frame
    [1, 5, 0], // no light
    [1, 5, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1], // more ids than a start carries
    [1, 5, 1, 0], // dark
    [1, 5, 1, 4], // a flash without near-infrared light
    [1, 5, 1, 8], // a lamp that does not exist
    [1, 161, 1, 1],
    [2, 100, 1, 1, 61, 1, 1],
  ]
  for (const rest of wrong)
    t.throws(() => parse(...rest), { code: 'bytes.pad-challenge' }, `${rest}`)
  t.throws(() => parseChallenge(Uint8Array.of(2, ...salt, 1, 5, 1, 3)), { code: 'bytes' })
  t.throws(() => createChallenge(SEED.slice(1)), { code: 'call.pad-challenge' })
})

t.test('each segment is signed under a nonce of its own', async (t) => {
  const challenge = createChallenge(SEED)
  const nonces = challenge.segments.map((_, i) => toHex(segmentNonce(challenge, i)))
  t.equal(new Set(nonces).size, 5)
  t.ok(nonces.every((nonce) => nonce.length === 32))
  const other = createChallenge(SEED.with(3, 99))
  t.notOk(equalBytes(segmentNonce(other, 0), segmentNonce(challenge, 0)))
})

t.test('what was asked for at a frame can be looked up, and nothing beyond it', async (t) => {
  const challenge = createChallenge(SEED)
  const [first] = challenge.segments
  t.equal(illuminationAt(challenge, 0, 9), first?.illumination[1])
  for (const [segment, sequence] of [
    [0, first?.frames ?? 0],
    [0, -1],
    [0, Number.NaN],
    [5, 0],
    [-1, 0],
  ] as const) {
    t.equal(illuminationAt(challenge, segment, sequence), undefined)
  }
})
