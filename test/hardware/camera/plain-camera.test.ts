import { spawnSync } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  openPlainCamera,
  type PlainCamera,
  type PlainCameraOptions,
  REST_MS,
} from '../../../hardware/camera/plain-camera.ts'
import { DEBIAN_TOOLS } from '../../../hardware/camera/video-source.ts'
import { FRAME_TIMEOUT_MS, START_TIMEOUT_MS } from '../../../hardware/camera/video-stream.ts'
import type { CaptureRequest } from '../../../hardware/orb/orb.ts'
import { processTimers } from '../../../hardware/timers.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import type { Timers } from '../../../protocol/timers.ts'
import {
  isThere,
  plainFrames,
  settingsIn,
  writeFilm,
  writeTool,
  writeV4l2Ctl,
} from '../../kit/camera-kit.ts'

const isInstalled = spawnSync('ffmpeg', ['-version']).status === 0
const NEEDS_FFMPEG = isInstalled ? {} : { skip: 'ffmpeg is not installed (Debian: ffmpeg)' }
const hasV4l = isInstalled && spawnSync('v4l2-ctl', ['--version']).status === 0
const NEEDS_V4L = hasV4l ? {} : { skip: 'v4l2-ctl is not installed (Debian: v4l-utils)' }

const LOOK: CaptureRequest = { eye: 'left', nonce: new Uint8Array(16), timeoutMs: 4000 }
const nowMs = () => performance.now()

/** Real time, but for waits of these lengths: they are over at once. */
function hastened(...lengths: readonly number[]): Timers {
  return {
    after: (ms, action) => processTimers.after(lengths.includes(ms) ? 20 : ms, action),
  }
}

/** A film of ten grey frames, 100 a second, and the camera that plays it. */
async function openFilm(t: Test, more: Partial<PlainCameraOptions> = {}): Promise<PlainCamera> {
  const path = join(t.testdir({}), 'film.y4m')
  await writeFilm(path, plainFrames(10), 100)
  const camera = await openPlainCamera({ source: { kind: 'file', path }, nowMs, ...more })
  t.teardown(() => camera.close())
  return camera
}

/** A video node with tools of ours around it. */
async function openNode(t: Test, ffmpeg: string, more: Partial<PlainCameraOptions> = {}) {
  const folder = t.testdir({ video0: '' })
  const path = join(folder, 'video0')
  const tools = {
    ...DEBIAN_TOOLS,
    v4l2Ctl: await writeV4l2Ctl(folder),
    ffmpeg: await writeTool(folder, 'ffmpeg', ffmpeg),
  }
  const opening = openPlainCamera({ source: { kind: 'device', path }, nowMs, tools, ...more })
  return { folder, path, opening }
}

/** 640x480 grey frames without end, at full speed, after which the tool does as told. */
const FRAMES = 'head -c 921600 /dev/zero'

t.test('a film comes as grey frames that nobody signed', NEEDS_FFMPEG, async (t) => {
  const camera = await openFilm(t)
  t.same(camera.capabilities, { lights: 0, signsFrames: false })
  t.match(camera.text, /64x48 at 100 frames/)
  const { frames } = await camera.capture({ ...LOOK, maxFrames: 12 })
  t.equal(frames.length, 12)
  for (const [i, { sequence, eye, illumination, image, headUs }] of frames.entries()) {
    t.match({ sequence, eye, illumination }, { sequence: i, eye: 'left', illumination: 0 })
    t.match({ width: image.width, height: image.height }, { width: 64, height: 48 })
    t.equal(((image.pixels[0] ?? 0) - 20) % 10, 0, 'each pixel as it was drawn')
    t.ok(headUs > (frames[i - 1]?.headUs ?? 0))
  }
})

t.test('a capture ends with enough, and sees no frame of another', NEEDS_FFMPEG, async (t) => {
  const camera = await openFilm(t)
  let seen = 0
  const first = await camera.capture({
    ...LOOK,
    onFrame: () => {
      seen += 1
      return seen === 3 ? 'enough' : 'drop'
    },
  })
  t.equal(first.frames.length, 1)
  const second = await camera.capture({ ...LOOK, eye: 'right', maxFrames: 2 })
  t.same(
    second.frames.map(({ sequence, eye }) => [sequence, eye]),
    [
      [0, 'right'],
      [1, 'right'],
    ],
  )
})

t.test('what a plain camera cannot do is refused, not passed over', NEEDS_FFMPEG, async (t) => {
  const camera = await openFilm(t)
  await t.rejects(camera.capture({ ...LOOK, illumination: [1, 2] }), { code: 'call.orb-light' })
  await t.rejects(camera.capture({ ...LOOK, nonce: new Uint8Array(3) }), { code: 'call.orb-nonce' })
  await t.rejects(camera.capture({ ...LOOK, maxFrames: 0 }), { code: 'call.orb-frames' })
  const under = camera.capture({ ...LOOK, maxFrames: 30 })
  await t.rejects(camera.capture(LOOK), { code: 'call.camera-busy' })
  await under
})

t.test('a capture that is called off ends at once, the camera stays', NEEDS_FFMPEG, async (t) => {
  const camera = await openFilm(t)
  const calledOff = new AbortController()
  const reason = new Error('enough of this')
  const onFrame = () => {
    calledOff.abort(reason)
    return 'keep' as const
  }
  await t.rejects(camera.capture({ ...LOOK, signal: calledOff.signal, onFrame }), reason)
  const broken = () => {
    throw reason
  }
  await t.rejects(camera.capture({ ...LOOK, onFrame: broken }), reason)
  t.equal((await camera.capture({ ...LOOK, maxFrames: 1 })).frames.length, 1)
  const short = await camera.capture({ ...LOOK, timeoutMs: 60, maxFrames: 200 })
  t.ok(short.frames.length > 0 && short.frames.length < 200, 'time up: what there is')
})

t.test('close ends the process by its id and leaves no zombie', NEEDS_FFMPEG, async (t) => {
  const camera = await openFilm(t)
  const { pid = 0 } = camera
  t.ok(await isThere(pid))
  const capture = t.rejects(camera.capture(LOOK), { code: 'call.port-closed' })
  const told: unknown[] = []
  camera.onClose((reason) => told.push(reason))
  await camera.close()
  await capture
  t.notOk(await isThere(pid))
  t.same(told, [undefined])
  await t.rejects(camera.capture(LOOK), { code: 'call.port-closed' })
})

t.test('nobody captures: the stream ends, and starts again', NEEDS_FFMPEG, async (t) => {
  const camera = await openFilm(t, { timers: hastened(REST_MS) })
  const { pid = 0 } = camera
  while (await isThere(pid)) await camera.probe(new AbortController().signal)
  t.equal(camera.pid, undefined)
  t.equal((await camera.capture({ ...LOOK, maxFrames: 2 })).frames.length, 2)
})

t.test('a file that is none of frames, or is gone, is told', NEEDS_FFMPEG, async (t) => {
  const path = join(t.testdir({ 'film.y4m': 'no film at all' }), 'film.y4m')
  const open = () => openPlainCamera({ source: { kind: 'file', path }, nowMs })
  await t.rejects(open(), { code: 'device.camera-file' })
  await rm(path)
  await t.rejects(open(), { code: 'device.camera-file', message: /No such file/ })
})

t.test('a node is opened as agreed, with exposure and gain', NEEDS_FFMPEG, async (t) => {
  const real =
    'echo "$@" >"$(dirname "$0")/args"\n' +
    'exec ffmpeg -loglevel error -re -f lavfi -i testsrc=size=640x480:rate=30 -f rawvideo -pix_fmt gray pipe:1'
  const wish = { exposureUs: 8000, gain: 20 }
  const { folder, path, opening } = await openNode(t, real, { wish })
  const camera = await opening
  t.match(camera.text, /^YUYV 640x480 at 30 frames\/s, auto_exposure 1, exposure_time_absolute 80/)
  t.same(await settingsIn(folder), ['auto_exposure=1', 'exposure_time_absolute=80', 'gain=20'])
  const args = await readFile(join(folder, 'args'), 'utf8')
  t.match(args, `-f v4l2 -input_format yuyv422 -video_size 640x480 -framerate 30 -i ${path} `)
  const { frames } = await camera.capture({ ...LOOK, maxFrames: 3 })
  t.equal(frames[2]?.image.pixels.length, 640 * 480)
  await camera.probe(new AbortController().signal)
  await rm(path)
  await t.rejects(camera.probe(new AbortController().signal), { code: 'device.unplugged' })
  await camera.close()
})

t.test('a camera that is pulled out ends the capture and the camera', async (t) => {
  const pulled = `${FRAMES}\nsleep 0.3\necho 'ioctl(VIDIOC_DQBUF): No such device' >&2\nexit 1`
  const { opening } = await openNode(t, pulled)
  const camera = await opening
  const told = new Promise((resolve) => camera.onClose(resolve))
  await t.rejects(camera.capture(LOOK), { code: 'device.unplugged' })
  t.match(await told, { code: 'device.unplugged' })
  await t.rejects(camera.probe(new AbortController().signal), { code: 'device.unplugged' })
  await camera.close()
})

t.test('a camera that stops sending is given up, and its process with it', async (t) => {
  const silent = `${FRAMES}\nexec sleep 60`
  const { opening } = await openNode(t, silent, { timers: hastened(FRAME_TIMEOUT_MS) })
  const camera = await opening
  const { pid = 0 } = camera
  await t.rejects(camera.capture(LOOK), { code: 'device.timeout', message: /no frame within 2000/ })
  await camera.close()
  t.notOk(await isThere(pid))
})

t.test('one that never sends, and ignores being asked, is ended all the same', async (t) => {
  const deaf = "trap '' TERM\nexec sleep 60"
  const { opening } = await openNode(t, deaf, { timers: hastened(START_TIMEOUT_MS, 1000) })
  await t.rejects(opening, { code: 'device.timeout' })
})

t.test('what ffmpeg says at the start is told as what it means', async (t) => {
  const cases = [
    ['ioctl(VIDIOC_STREAMON): Device or resource busy', 'device.busy'],
    ['Cannot open video device: Permission denied', 'device.permission'],
    ['ioctl(VIDIOC_S_FMT): Invalid argument', 'device.camera-format'],
    ['something else', 'device.camera-fault'],
  ] as const
  for (const [words, code] of cases) {
    const { opening } = await openNode(t, `echo '${words}' >&2\nexit 1`)
    await t.rejects(opening, { code })
  }
})

t.test('an opening that is called off leaves no process', async (t) => {
  const calledOff = new AbortController()
  const { folder, opening } = await openNode(t, 'echo $$ >"$(dirname "$0")/pid"\nexec sleep 60', {
    signal: calledOff.signal,
  })
  const pidIn = () => readFile(join(folder, 'pid'), 'utf8').catch(() => '')
  while (!(await pidIn()).endsWith('\n')) await new Promise((resolve) => setImmediate(resolve))
  calledOff.abort(new PersonhoodError('call.port-closed', 'over'))
  await t.rejects(opening, { code: 'call.port-closed' })
  t.notOk(await isThere(Number(await pidIn())))
})

t.test(
  'the real tools say of a node that is not there what is understood',
  NEEDS_V4L,
  async (t) => {
    const source = { kind: 'device', path: join(t.testdir({}), 'video0') } as const
    await t.rejects(openPlainCamera({ source, nowMs }), { code: 'device.missing' })
    const none = { kind: 'device', path: '/dev/null' } as const
    await t.rejects(openPlainCamera({ source: none, nowMs }), { code: 'device.camera-kind' })
    const v4l2Ctl = await writeV4l2Ctl(t.testdirName)
    const tools = { ...DEBIAN_TOOLS, v4l2Ctl }
    await t.rejects(openPlainCamera({ source, nowMs, tools }), { code: 'device.missing' })
    await t.rejects(openPlainCamera({ source: none, nowMs, tools }), { code: 'device.camera-kind' })
  },
)

t.test('tools that are not installed name their package', async (t) => {
  const folder = t.testdir({ video0: '' })
  const source = { kind: 'device', path: join(folder, 'video0') } as const
  const without = { ...DEBIAN_TOOLS, v4l2Ctl: join(folder, 'v4l2-ctl') }
  await t.rejects(openPlainCamera({ source, nowMs, tools: without }), {
    code: 'device.camera-tool',
    message: /v4l2-ctl is not installed: sudo apt-get install v4l-utils/,
  })
  const v4l2Ctl = await writeV4l2Ctl(folder)
  const noFfmpeg = { ...DEBIAN_TOOLS, v4l2Ctl, ffmpeg: join(folder, 'ffmpeg') }
  await t.rejects(openPlainCamera({ source, nowMs, tools: noFfmpeg }), {
    code: 'device.camera-tool',
    message: /ffmpeg is not installed/,
  })
  await writeFile(join(folder, 'ffmpeg'), '')
  await t.rejects(openPlainCamera({ source, nowMs, tools: noFfmpeg }), {
    message: /ffmpeg does not start/,
  })
})
