import { randomBytes } from 'node:crypto'
import t from 'tap'
import { assessPresentation, type PadFrame } from '../../biometrics/pad/assess.ts'
import { encodeChallenge, parseChallenge, segmentNonce } from '../../biometrics/pad/challenge.ts'
import { verifyBurst } from '../../hardware/orb/burst.ts'
import { sampleReflex } from '../../hardware/orb/eye-renderer/pupil-dynamics.ts'
import { createEyeRenderer } from '../../hardware/orb/eye-renderer/renderer.ts'
import { planFrames, renderVideo } from '../../hardware/orb/eye-renderer/video.ts'
import { openOrb } from '../../hardware/orb/orb.ts'
import { simulatedHeadKey, startOrbSimulator } from '../../hardware/orb/simulator.ts'
import { createPortPair } from '../../hardware/sim/port-pair.ts'
import { equalBytes } from '../../protocol/bytes.ts'
import { verifyMessage } from '../../protocol/secp256k1.ts'

t.setTimeout(180_000)

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
/** The simulated head's pace when nobody waits for it. */
const FRAMES_PER_SECOND = 1000 / 33

t.test(
  'a challenge goes over the link as one capture a segment, and its answer is bona fide',
  async (t) => {
    const plan = planFrames(CHALLENGE.segments, FRAMES_PER_SECOND)
    const reflex = sampleReflex(8, 35)
    const film = renderVideo(createEyeRenderer(), plan, { person: 8, eye: 'left', seed: 8, reflex })
    let segment = 0
    const shown: number[] = []
    const pair = createPortPair('orb')
    startOrbSimulator(pair.device, {
      key: simulatedHeadKey(1),
      source: ({ sequence, illumination }) => {
        const frame = film.find((each) => each.segment === segment && each.sequence === sequence)
        shown.push(illumination - (frame?.illumination ?? 0))
        return frame?.image
      },
    })
    const random = (length: number) => new Uint8Array(randomBytes(length))
    const orb = await openOrb(pair.host, { random })
    const frames: PadFrame[] = []
    for (const { frames: maxFrames, illumination } of CHALLENGE.segments) {
      const nonce = segmentNonce(CHALLENGE, segment)
      const request = { eye: 'left', nonce, timeoutMs: 60_000, maxFrames, illumination } as const
      const burst = await orb.capture(request)
      t.ok(verifyBurst(burst, verifyMessage) && equalBytes(burst.nonce, nonce))
      // A simulated head's clock begins anew with each capture; a real one goes on.
      const startMs = plan.find((each) => each.segment === segment)?.atMs ?? 0
      for (const { sequence, headMs, illumination: lit, image } of burst.frames) {
        frames.push({ segment, sequence, atMs: startMs + headMs, illumination: lit, image })
      }
      segment++
    }
    await orb.close()
    t.ok(
      shown.every((difference) => difference === 0),
      'the head lights what the plan says',
    )
    t.equal(frames.length, 51)
    const { overall, checks } = assessPresentation(CHALLENGE, frames)
    t.match(overall, { outcome: 'bona-fide', reason: 'all-checks' })
    t.equal(checks[0]?.measures['flashesAnsweredCount'], 1)
    const kept = parseChallenge(encodeChallenge(CHALLENGE))
    t.ok(equalBytes(kept.nonce, CHALLENGE.nonce), 'who audits it later finds the same nonces')
  },
)
