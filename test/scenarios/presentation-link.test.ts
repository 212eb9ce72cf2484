import { randomBytes } from 'node:crypto'
import t from 'tap'
import { assessPresentation, type PadFrame } from '../../biometrics/pad/assess.ts'
import { encodeChallenge, parseChallenge, segmentNonce } from '../../biometrics/pad/challenge.ts'
import { verifyBurst } from '../../hardware/orb/burst.ts'
import { createEyeRenderer } from '../../hardware/orb/eye-renderer/renderer.ts'
import { livingSource } from '../../hardware/orb/living-source.ts'
import { openOrb } from '../../hardware/orb/orb.ts'
import { simulatedHeadKey, startOrbSimulator } from '../../hardware/orb/simulator.ts'
import { createPortPair } from '../../hardware/sim/port-pair.ts'
import { equalBytes } from '../../protocol/bytes.ts'
import { verifyMessage } from '../../protocol/secp256k1.ts'

t.setTimeout(290_000)

/** A short challenge with one flash, as its bytes say: 15 frames, 4 lit, 32 after. */
const CHALLENGE = parseChallenge(
  Uint8Array.of(
    1, // version
    ...new Uint8Array(randomBytes(16)), // salt
    3, // segments: frames, ids, the ids
    ...[15, 5, 1, 3, 2, 2, 1],
    ...[4, 3, 5, 6, 7],
    ...[32, 7, 2, 1, 3, 1, 2, 2, 1],
  ),
)

t.test(
  'a challenge goes over the link as one capture a segment, and its answer is bona fide',
  async (t) => {
    const pair = createPortPair('orb')
    const source = livingSource(createEyeRenderer(), { person: 8, visit: 2 })
    startOrbSimulator(pair.device, { key: simulatedHeadKey(1), source })
    const random = (length: number) => new Uint8Array(randomBytes(length))
    const orb = await openOrb(pair.host, { random })
    const frames: PadFrame[] = []
    for (const [segment, { frames: maxFrames, illumination }] of CHALLENGE.segments.entries()) {
      const nonce = segmentNonce(CHALLENGE, segment)
      const request = { eye: 'left', nonce, timeoutMs: 60_000, maxFrames, illumination } as const
      const burst = await orb.capture(request)
      t.ok(verifyBurst(burst, verifyMessage) && equalBytes(burst.nonce, nonce))
      t.ok(equalBytes(burst.boot, orb.identity.boot))
      for (const { sequence, headUs, illumination: lit, image } of burst.frames) {
        frames.push({ segment, sequence, atMs: headUs / 1000, illumination: lit, image })
      }
    }
    await orb.close()
    t.equal(frames.length, 51)
    const times = frames.map(({ atMs }) => atMs)
    t.ok(
      times.every((atMs, i) => i === 0 || atMs > (times[i - 1] ?? 0)),
      'one clock for all captures',
    )
    const { overall, checks } = assessPresentation(CHALLENGE, frames)
    t.match(overall, { outcome: 'bona-fide', reason: 'all-checks' })
    t.equal(checks[0]?.measures['flashesAnsweredCount'], 1)
    const kept = parseChallenge(encodeChallenge(CHALLENGE))
    t.ok(equalBytes(kept.nonce, CHALLENGE.nonce), 'who audits it later finds the same nonces')
  },
)
