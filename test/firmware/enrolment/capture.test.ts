import t from 'tap'
import type { PadAssessment } from '../../../biometrics/pad/assess.ts'
import { type PadResult, padResult } from '../../../biometrics/pad/result.ts'
import { type CaptureEyeOptions, captureEye } from '../../../firmware/enrolment/capture.ts'
import type { EyeReader } from '../../../firmware/enrolment/eye-reader.ts'
import type { CameraCapabilities } from '../../../hardware/camera/eye-camera.ts'
import { openOrb } from '../../../hardware/orb/orb.ts'
import { simulatedHeadKey, startOrbSimulator } from '../../../hardware/orb/simulator.ts'
import { createPortPair } from '../../../hardware/sim/port-pair.ts'
import { irisReference } from '../../../protocol/biometric-reference.ts'
import { randomBytes } from '../../../runtime/crypto.ts'
import { randomTemplate } from '../../kit/iris-codes.ts'
import { assessScene } from '../eyes.ts'

const template = randomTemplate(1)
const BONA_FIDE = padResult('challenge-response', 'bona-fide', 'all-checks', {})

/**
 * One look through a head whose frames say in pixel 0 how they were lit and in pixel 1 how good they
 * are; `isRead` says which ones give a reference.
 */
async function look(
  isRead: (quality: number) => boolean,
  isAnswer: (quality: number) => boolean = () => true,
  said: Partial<PadAssessment> = { overall: BONA_FIDE },
) {
  const { host, device } = createPortPair('orb')
  let frames = 0
  const source = ({ illumination }: { readonly illumination: number }) => {
    frames += 1
    const pixels = new Uint8Array(8).fill(illumination)
    pixels[1] = frames % 100
    return { width: 4, height: 2, pixels }
  }
  startOrbSimulator(device, { source, key: simulatedHeadKey(1) })
  const orb = await openOrb(host, { random: randomBytes })
  const read: number[][] = []
  const reader: EyeReader = {
    assess: () => ({ quality: 50, isGood: frames >= 5, instruction: 'hold-still' }),
    glance: ({ pixels }) => pixels[1] ?? 0,
    async encode(images, eye) {
      const qualities = images.map(({ pixels }) => pixels[1] ?? 0)
      read.push(qualities)
      t.notOk(
        images.some(({ pixels }) => (pixels[0] ?? 0) > 3),
        'no frame under the flash',
      )
      const best = qualities.find(isRead)
      if (best === undefined) return { outcome: 'refused', instruction: 'open-your-eye' }
      return { outcome: 'encoded', reference: irisReference(eye, template, best) }
    },
  }
  const seen: number[] = []
  const assess: CaptureEyeOptions['assess'] = (challenge, all, unasked) => {
    seen.push(...all.map(({ image }) => image.pixels[1] ?? 0))
    const answering = all.filter(({ image }) => isAnswer(image.pixels[1] ?? 0))
    return { ...assessScene(challenge, all, unasked), answering, ...said }
  }
  const signal = new AbortController().signal
  const options = { camera: orb, eye: 'left', reader, assess, random: randomBytes, signal } as const
  const outcome = await captureEye({ ...options, onFrame: () => {} })
  await orb.close()
  return { outcome, read, seen }
}

t.test('the best frames of the answer are read first', async (t) => {
  const { outcome, read, seen } = await look(() => true)
  t.match(outcome, { outcome: 'encoded' })
  t.equal(read.length, 1)
  const [first = []] = read
  t.equal(first.length, 3)
  t.ok(Math.min(...first) > 70, `${first} of 0..99`)
  t.ok(
    first.every((quality) => seen.includes(quality)),
    'they are frames that were judged',
  )
  t.ok(seen.length >= 76 && seen.length <= 150, 'the frames before the challenge are not')
})

t.test('where the best give no reference the next ones do', async (t) => {
  const { outcome, read } = await look((quality) => quality < 50)
  t.match(outcome, { outcome: 'encoded' })
  t.ok(read.length > 1 && read.length <= 6, `${read.length} times`)
  const order = read.flat()
  t.same(
    order,
    order.toSorted((a, b) => b - a),
    'in the order of the glance',
  )
})

t.test('a look that gives no reference at all says what to do better', async (t) => {
  const { outcome, read } = await look(() => false)
  t.same(outcome, { outcome: 'refused', instruction: 'open-your-eye' })
  t.equal(read.flat().length, 18)
})

t.test('a frame that did not show what was asked is never the one that is enrolled', async (t) => {
  const { outcome, read } = await look(
    () => true,
    (quality) => quality < 40,
  )
  t.match(outcome, { outcome: 'encoded' })
  t.ok(Math.max(...read.flat()) < 40, `${read} of 0..99`)
  const none = await look(
    () => true,
    () => false,
  )
  t.same(none.outcome, { outcome: 'refused', instruction: 'look-into-the-camera' })
})

t.test('where a person is to look anyway, any frame of the answer may be read', async (t) => {
  const overall = padResult('challenge-response', 'suspect', 'glints-not-as-asked', {})
  const { outcome, read } = await look(
    () => true,
    () => false,
    { overall },
  )
  t.match(outcome, { outcome: 'encoded', look: { outcome: 'suspect' } })
  t.equal(read.length, 1)
})

t.test(
  'frames that nobody signed are recorded as such, and are never enough by themselves',
  async (t) => {
    const { host, device } = createPortPair('orb')
    const pixels = new Uint8Array(8).fill(3)
    const source = () => ({ width: 4, height: 2, pixels })
    startOrbSimulator(device, { source, key: simulatedHeadKey(1) })
    const orb = await openOrb(host, { random: randomBytes })
    const reader: EyeReader = {
      assess: () => ({ quality: 50, isGood: true, instruction: 'hold-still' }),
      glance: () => 50,
      encode: async (_, eye) => ({
        outcome: 'encoded',
        reference: irisReference(eye, template, 50),
      }),
    }
    const through = async (capabilities: CameraCapabilities, overall: PadResult) => {
      const challenges: number[] = []
      const outcome = await captureEye({
        camera: { ...orb, capabilities },
        eye: 'left',
        reader,
        assess: (challenge, frames, unasked) => {
          challenges.push(...challenge.segments.flatMap(({ illumination }) => illumination))
          return { ...assessScene(challenge, frames, unasked), overall, answering: frames }
        },
        random: randomBytes,
        signal: new AbortController().signal,
        onFrame: () => {},
      })
      const look = outcome.outcome === 'encoded' ? outcome.look : undefined
      return { look, asked: new Set(challenges) }
    }
    const signed = await through(orb.capabilities, BONA_FIDE)
    t.match(signed.look, { outcome: 'bona-fide', reason: 'all-checks' })
    t.notOk(signed.look?.checks.some(({ method }) => method === 'frame-signature'))
    const unsigned = await through({ ...orb.capabilities, signsFrames: false }, BONA_FIDE)
    t.match(unsigned.look, { outcome: 'exception', reason: 'frames-unsigned' })
    t.same(unsigned.look?.checks.at(-1), {
      method: 'frame-signature',
      outcome: 'exception',
      reason: 'frames-unsigned',
    })
    const suspect = padResult('challenge-response', 'suspect', 'grid-seen', {})
    const plain = await through({ lights: 0b011, signsFrames: false }, suspect)
    t.match(plain.look, { outcome: 'suspect', reason: 'grid-seen' })
    t.equal(plain.look?.checks.at(-1)?.reason, 'frames-unsigned')
    t.ok(plain.asked.size === 3 && !plain.asked.has(0), 'sides are asked of what can light them')
    await orb.close()
  },
)
