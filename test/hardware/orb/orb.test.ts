import t from 'tap'
import { openChannel } from '../../../hardware/exchange.ts'
import { type CaptureBurst, verifyBurst } from '../../../hardware/orb/burst.ts'
import { encodeFrame, scan } from '../../../hardware/orb/link.ts'
import { encodeMessage, type OrbMessage, scanMessages } from '../../../hardware/orb/messages.ts'
import { type CaptureRequest, openOrb } from '../../../hardware/orb/orb.ts'
import type { FrameSource } from '../../../hardware/orb/simulated-frames.ts'
import {
  type OrbFaults,
  simulatedHeadKey,
  startOrbSimulator,
} from '../../../hardware/orb/simulator.ts'
import { type CableFaults, createPortPair } from '../../../hardware/sim/port-pair.ts'
import { createVirtualTimers } from '../../../hardware/sim/virtual-timers.ts'
import { verifyMessage } from '../../../protocol/secp256k1.ts'

const KEY = simulatedHeadKey(7)
const NONCE = Uint8Array.from({ length: 16 }, (_, i) => i + 1)
const RIGHT: CaptureRequest = { eye: 'right', nonce: NONCE, timeoutMs: 5000, maxFrames: 4 }

/** A small image whose pixels tell its eye and number: 96 x 64 makes two chunks. */
const card: FrameSource = ({ eye, sequence, illumination }) => ({
  width: 96,
  height: 64,
  pixels: new Uint8Array(96 * 64).fill((eye === 'left' ? 100 : 0) + 10 * illumination + sequence),
})

function rig(
  options: {
    source?: FrameSource
    faults?: OrbFaults
    framesPerSecond?: number
    lights?: number
    cable?: { toDevice?: CableFaults; toHost?: CableFaults }
  } = {},
) {
  const timers = createVirtualTimers()
  const pair = createPortPair('orb', options.cable ?? {})
  const { source = card, faults = {}, framesPerSecond = 10 } = options
  const { restart } = startOrbSimulator(pair.device, {
    ...(options.lights !== undefined && { lights: options.lights }),
    source,
    key: KEY,
    timers,
    framesPerSecond,
    speed: 1,
    faults,
    distanceMm: 310,
  })
  const random = (length: number) => new Uint8Array(length).fill(5)
  /** Lets time pass until the work settles, at most a minute. */
  const pass = async <Result>(work: Promise<Result>): Promise<Result> => {
    let isSettled = false
    work.then(
      () => {
        isSettled = true
      },
      () => {
        isSettled = true
      },
    )
    for (let i = 0; i < 1200 && !isSettled; i++) await timers.advance(50)
    if (!isSettled) throw new Error('still waiting after a minute')
    return await work
  }
  const open = () => pass(openOrb(pair.host, { random, timers }))
  return { ...pair, timers, pass, open, restart }
}

t.test('a head shows its key, its distance and its health', async (t) => {
  const { open, pass } = rig()
  const orb = await open()
  t.match(orb.identity, { model: 'orb-simulator', serial: 'SIM-0001', storedFault: 0 })
  t.same(orb.identity.publicKey, KEY.publicKey)
  t.equal(await pass(orb.distance()), 310)
  t.match(await pass(orb.selfTest()), { camera: true, rightIlluminator: true, celsius: 31 })
  await orb.close()
})

t.test('a burst carries its frames, their times and lights, and the head signs them', async (t) => {
  const { open, pass } = rig()
  const orb = await open()
  const burst = await pass(orb.capture({ ...RIGHT, illumination: [1, 2] }))
  t.same(
    burst.frames.map(({ sequence, headUs, eye, illumination, image }) => [
      sequence,
      headUs,
      eye,
      illumination,
      image.width,
      image.pixels[0],
    ]),
    [
      [0, 20_000, 'right', 1, 96, 10],
      [1, 120_000, 'right', 2, 96, 21],
      [2, 220_000, 'right', 1, 96, 12],
      [3, 320_000, 'right', 2, 96, 23],
    ],
  )
  t.same(burst.nonce, NONCE)
  t.ok(verifyBurst(burst, verifyMessage))

  const left = await pass(orb.capture({ ...RIGHT, eye: 'left', maxFrames: 1 }))
  t.equal(left.frames[0]?.image.pixels[0], 130)
  const [first] = burst.frames
  if (first === undefined) throw new Error('no frame')
  const repainted = { ...first, image: { ...first.image, pixels: new Uint8Array(96 * 64) } }
  const forgeries: CaptureBurst[] = [
    { ...burst, nonce: NONCE.slice().reverse() },
    { ...burst, eye: 'left' },
    { ...burst, frames: [repainted] },
    { ...burst, frames: [{ ...first, headUs: 1 }] },
    { ...burst, frames: left.frames },
    { ...burst, digests: burst.digests.slice(1), frames: burst.frames.slice(1) },
    { ...burst, headKey: simulatedHeadKey(8).publicKey },
  ]
  for (const forgery of forgeries) t.notOk(verifyBurst(forgery, verifyMessage))
})

t.test('the one who looks on says which frames to keep and when it is enough', async (t) => {
  const { open, pass } = rig()
  const orb = await open()
  const seen: number[] = []
  const burst = await pass(
    orb.capture({
      ...RIGHT,
      maxFrames: 40,
      onFrame: ({ sequence }) => {
        seen.push(sequence)
        if (sequence === 5) return 'enough'
        return sequence % 2 === 0 ? 'drop' : 'keep'
      },
    }),
  )
  t.same(seen, [0, 1, 2, 3, 4, 5])
  t.same(
    burst.frames.map((frame) => frame.sequence),
    [1, 3, 5],
  )
  t.equal(burst.digests.length, 6)
})

t.test('when the time is up the burst holds what has come', async (t) => {
  const { open, pass } = rig()
  const orb = await open()
  const burst = await pass(orb.capture({ ...RIGHT, maxFrames: 200, timeoutMs: 1050 }))
  t.ok(burst.frames.length >= 10 && burst.frames.length <= 11, `${burst.frames.length} frames`)
})

t.test('a lost or damaged chunk costs its frame, not the burst', async (t) => {
  for (const fault of ['dropChunk', 'damageChunk'] as const) {
    for (const index of [0, 1]) {
      for (const lost of [0, 1, 3]) {
        const faults = { [fault]: (s: number, i: number) => s === lost && i === index }
        const { open, pass } = rig({ faults })
        const orb = await open()
        const burst = await pass(orb.capture(RIGHT))
        t.same(
          burst.frames.map((frame) => frame.sequence),
          [0, 1, 2, 3].filter((sequence) => sequence !== lost),
          `${fault} ${index} of frame ${lost}`,
        )
        t.equal(burst.digests.length, 4)
      }
    }
  }
})

t.test('lost requests and answers are asked again', async (t) => {
  const { open, pass } = rig({ faults: { deafFor: 2 } })
  const orb = await open()
  const burst = await pass(orb.capture(RIGHT))
  t.equal(burst.frames.length, 4)
})

t.test('a line that splits and spoils bytes loses frames and no more', async (t) => {
  const cable = { toHost: { seed: 11, chunkMaxBytes: 700, flipPerMillion: 10 } }
  const { open, pass } = rig({ cable })
  const orb = await open()
  const burst = await pass(orb.capture({ ...RIGHT, maxFrames: 20 }))
  t.ok(burst.frames.length > 10 && burst.frames.length < 20, `${burst.frames.length} of 20`)
  t.ok(verifyBurst(burst, verifyMessage))
})

t.test('a head that falls silent in any phase is given up in bounded time', async (t) => {
  await t.rejects(rig({ faults: { silentAt: 'hello' } }).open(), { code: 'device.timeout' })
  for (const silentAt of ['start', 'stop', 0, 2] as const) {
    const { open, pass, timers } = rig({ faults: { silentAt } })
    const orb = await open()
    const begun = timers.nowMs
    await t.rejects(pass(orb.capture(RIGHT)), { code: 'device.timeout' }, `silent at ${silentAt}`)
    t.ok(timers.nowMs - begun <= 5000, `${timers.nowMs - begun} ms`)
  }
})

t.test('a head that beats but never shows a frame is given up when the time is up', async (t) => {
  const { open, pass } = rig({ faults: { dropChunk: () => true }, framesPerSecond: 1 })
  const orb = await open()
  await t.rejects(pass(orb.capture({ ...RIGHT, maxFrames: 100 })), {
    code: 'device.timeout',
    message: 'orb: no frame within 5000 ms',
  })
})

t.test('a cable pulled in any phase is said at once; nothing hangs', async (t) => {
  const length = async () => {
    let bytes = 0
    const { open, pass, host } = rig()
    host.onBytes((run) => {
      bytes += run.length
    })
    await pass((await open()).capture(RIGHT))
    return bytes
  }
  const total = await length()
  // Through greeting, start, each frame and the signature, in steps that no chunk divides.
  for (let cut = 1; cut < total; cut += 1237) {
    const { open, pass } = rig({ cable: { toHost: { unplugAfterBytes: cut } } })
    const work = open().then((orb) => pass(orb.capture(RIGHT)))
    await t.rejects(work, { code: 'device.unplugged' }, `after ${cut} of ${total} bytes`)
  }
  const { open, pass, unplug } = rig()
  const orb = await open()
  const told = new Promise((resolve) => orb.onClose(resolve))
  unplug()
  t.match(await told, { code: 'device.unplugged' })
  await t.rejects(pass(orb.capture(RIGHT)), { code: 'device.unplugged' })
})

t.test('a wrong signature, over the challenge or over the frames, is refused', async (t) => {
  await t.rejects(rig({ faults: { wrongIdentity: true } }).open(), {
    code: 'device.orb-signature',
  })
  const { open, pass } = rig({ faults: { wrongSignature: true } })
  const orb = await open()
  await t.rejects(pass(orb.capture(RIGHT)), { code: 'device.orb-signature' })
})

t.test(
  'the clock goes on from one capture to the next, and the signature tells the boot',
  async (t) => {
    const { open, pass } = rig()
    const orb = await open()
    const first = await pass(orb.capture(RIGHT))
    const second = await pass(orb.capture({ ...RIGHT, eye: 'left' }))
    const ends = first.frames.at(-1)?.headUs ?? 0
    t.ok((second.frames[0]?.headUs ?? 0) > ends, 'later than the last frame before it')
    t.same(second.boot, orb.identity.boot)
    const elsewhere = { ...second, boot: second.boot.slice().reverse() }
    t.notOk(verifyBurst(elsewhere, verifyMessage))
  },
)

t.test('a head that starts anew between captures or in one is told, never joined', async (t) => {
  const { open, pass, restart, timers } = rig()
  const orb = await open()
  await pass(orb.capture(RIGHT))
  restart()
  await t.rejects(pass(orb.capture(RIGHT)), { code: 'device.orb-restarted' })
  const again = await open()
  t.notOk(again.identity.boot.every((byte, i) => byte === orb.identity.boot[i]))
  const under = again.capture({ ...RIGHT, maxFrames: 40, timeoutMs: 20_000 })
  const told = t.rejects(under, { code: 'device.orb-restarted' })
  await timers.advance(2050)
  const began = timers.nowMs
  restart()
  await pass(told)
  t.ok(timers.nowMs - began <= 1000, 'with its next heartbeat, not when the time is up')
})

t.test('a head says which lights it has, and is never asked for others', async (t) => {
  const { open, pass } = rig({ lights: 0b011 })
  const orb = await open()
  t.equal(orb.identity.lights, 0b011)
  await t.rejects(orb.capture({ ...RIGHT, illumination: [3, 7] }), { code: 'call.orb-light' })
  t.equal((await pass(orb.capture(RIGHT))).frames.length, 4)
  for (const lights of [0b1011, 0b001, 0b110]) {
    await t.rejects(rig({ lights }).open(), { code: 'device.orb-lights' }, lights.toString(2))
  }
})

t.test('a head asked for a light that it has not says so', async (t) => {
  const { host, pass } = rig({ lights: 0b011 })
  const channel = openChannel(host, scanMessages, { idleMs: 50 })
  const heard: OrbMessage[] = []
  channel.onFrame((message) => heard.push(message))
  const start = { eye: 'left', nonce: NONCE, exposureUs: 0, maxFrames: 1 } as const
  for (const id of [0b100, 0b1011]) {
    const body = { ...start, illumination: Uint8Array.of(3, id) }
    await pass(channel.send(encodeMessage({ name: 'start', tag: id, body })))
  }
  t.match(heard, [
    { name: 'error', tag: 4, body: { code: 3 } },
    { name: 'error', tag: 11, body: { code: 3 } },
  ])
})

t.test('a head of another version is told from a broken one', async (t) => {
  for (const linkVersion of [1, 3]) {
    await t.rejects(rig({ faults: { linkVersion } }).open(), {
      code: 'device.orb-version',
      message: `orb: the head speaks version ${linkVersion} of the orb link, this kiosk 2: update the older one`,
    })
  }
  const { host, pass } = rig()
  const answers: number[][] = []
  host.onBytes((bytes) => {
    for (const { version, type, tag, body } of scan(bytes).frames) {
      answers.push([version, type, tag, body[0] ?? 0])
    }
  })
  const body = new Uint8Array(32)
  await pass(host.write(encodeFrame({ version: 1, type: 0x01, tag: 77, body })))
  t.same(answers, [[2, 0x8e, 77, 1]], 'an older kiosk gets error 1 under its tag')
})

t.test('the head can say what is wrong with it', async (t) => {
  const complaint = { code: 12, text: 'illuminator current too high' }
  const { open, pass } = rig({ faults: { complaint } })
  const orb = await open()
  await t.rejects(pass(orb.capture(RIGHT)), {
    code: 'device.orb-fault',
    message: 'orb: head reports fault 12: illuminator current too high',
  })
})

t.test('a resident who leaves ends the capture, and the next one starts clean', async (t) => {
  const { open, pass, timers } = rig()
  const orb = await open()
  const controller = new AbortController()
  const reason = new Error('the resident pressed stop')
  const stopped = t.rejects(orb.capture({ ...RIGHT, signal: controller.signal }), reason)
  await timers.advance(150)
  await t.rejects(orb.capture(RIGHT), { code: 'call.orb-busy' })
  controller.abort(reason)
  await stopped
  await t.rejects(pass(orb.capture({ ...RIGHT, signal: controller.signal })), reason)
  const burst = await pass(orb.capture({ ...RIGHT, eye: 'left' }))
  t.same(
    burst.frames.map(({ sequence, eye }) => [sequence, eye]),
    [0, 1, 2, 3].map((sequence) => [sequence, 'left']),
  )
})

t.test('a fault of whoever looks on ends the capture and is not swallowed', async (t) => {
  const { open, pass } = rig()
  const orb = await open()
  const fault = new Error('the preview broke')
  const onFrame = () => {
    throw fault
  }
  await t.rejects(pass(orb.capture({ ...RIGHT, onFrame })), fault)
})

t.test('nobody in front: dark frames, signed like any other', async (t) => {
  const { open, pass } = rig({ source: () => undefined })
  const orb = await open()
  const burst = await pass(orb.capture({ ...RIGHT, maxFrames: 1 }))
  const pixels = burst.frames[0]?.image.pixels ?? new Uint8Array(0)
  t.equal(pixels.length, 320 * 240)
  t.ok(pixels.every((pixel) => pixel < 16))
})

t.test('a request outside the link is our own mistake', async (t) => {
  const { open } = rig()
  const orb = await open()
  await t.rejects(orb.capture({ ...RIGHT, nonce: new Uint8Array(8) }), { code: 'call.orb-nonce' })
  for (const maxFrames of [0, 241, 1.5]) {
    await t.rejects(orb.capture({ ...RIGHT, maxFrames }), { code: 'call.orb-frames' })
  }
})

t.test(
  'a head that is opened anew takes a new capture under an old tag for a new one',
  async (t) => {
    const { host, timers, pass } = rig()
    for (const nonce of [NONCE, NONCE.toReversed()]) {
      // Equal random bytes: both openings count their tags alike.
      const orb = await pass(openOrb(host, { random: (length) => new Uint8Array(length), timers }))
      const { frames } = await pass(orb.capture({ ...RIGHT, nonce }))
      t.equal(frames.length, 4)
    }
  },
)

t.test('two openings do not count their requests alike', async (t) => {
  const tags: number[] = []
  for (const first of [5, 6]) {
    const { host, device, timers, pass } = rig()
    openChannel(device, scanMessages, { idleMs: 50, timers }).onFrame(({ tag }) => tags.push(tag))
    await pass(openOrb(host, { random: (length) => new Uint8Array(length).fill(first), timers }))
  }
  t.same(tags, [0x05_06, 0x06_07])
})
