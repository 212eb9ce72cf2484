import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { agreeVideo, DEBIAN_TOOLS, parseProbe } from '../../../hardware/camera/video-source.ts'
import { processTimers } from '../../../hardware/timers.ts'
import { writeTool, writeV4l2Ctl } from '../../kit/camera-kit.ts'

const ANSWER = JSON.stringify({
  programs: [],
  streams: [{ width: 320, height: 240, r_frame_rate: '30000/1001' }],
})

t.test('size and rate of a film', async (t) => {
  const film = parseProbe(ANSWER)
  t.match(film, { width: 320, height: 240 })
  t.ok(Math.abs((film?.fps ?? 0) - 29.97) < 0.01)
})

t.test('an answer without a film, cut, or out of bounds is none', async (t) => {
  for (let length = 0; length < ANSWER.length; length++) {
    if (parseProbe(ANSWER.slice(0, length)) !== undefined) t.fail(`cut at ${length}`)
  }
  const of = (stream: unknown) => parseProbe(JSON.stringify({ streams: [stream] }))
  const good = { width: 320, height: 240, r_frame_rate: '25/1' }
  t.match(of(good), { fps: 25 })
  for (const change of [
    { width: 15 },
    { width: 2049 },
    { height: 'tall' },
    { height: 240.5 },
    { r_frame_rate: '0/0' },
    { r_frame_rate: '25' },
    { r_frame_rate: 25 },
    { r_frame_rate: '9000/1' },
  ]) {
    t.equal(of({ ...good, ...change }), undefined, JSON.stringify(change))
  }
  for (const none of [null, [], 3]) t.equal(of(none), undefined)
  t.equal(parseProbe('{"streams":3}'), undefined)
  fc.assert(fc.property(fc.jsonValue(), (value) => of(value) === undefined))
  fc.assert(fc.property(fc.string(), (text) => parseProbe(text) === undefined))
})

function options(folder: string, v4l2Ctl: string) {
  const source = { kind: 'device', path: join(folder, 'video0') } as const
  const tools = { ...DEBIAN_TOOLS, v4l2Ctl }
  return { source, wish: {}, tools, timers: processTimers, signal: undefined }
}

t.test('a camera that does not tell its rate is taken at its own', async (t) => {
  const folder = t.testdir({ video0: '' })
  const listing = "\t[0]: 'GREY' (8-bit Greyscale)\n\t\tSize: Discrete 640x480\n"
  const agreed = await agreeVideo(options(folder, await writeV4l2Ctl(folder, listing)))
  t.same(agreed.input, [
    ...['-f', 'v4l2', '-input_format', 'gray', '-video_size', '640x480'],
    ...['-i', join(folder, 'video0')],
  ])
  t.equal(agreed.fps, 30)
})

t.test('v4l2-ctl that is slow, refuses, or is called off', async (t) => {
  const folder = t.testdir({})
  const gone = await writeTool(folder, 'gone', 'echo "Cannot open device $2, exiting."; exit 1')
  await t.rejects(agreeVideo(options(folder, gone)), { code: 'device.missing' })
  const slow = await writeTool(folder, 'slow', 'exec sleep 60')
  const timers = {
    after: (ms: number, action: () => void) => processTimers.after(ms === 3000 ? 20 : ms, action),
  }
  await t.rejects(agreeVideo({ ...options(folder, slow), timers }), { code: 'device.timeout' })
  const calledOff = new AbortController()
  const waiting = agreeVideo({ ...options(folder, slow), signal: calledOff.signal })
  const reason = new Error('over')
  calledOff.abort(reason)
  await t.rejects(waiting, reason)
  await t.rejects(agreeVideo({ ...options(folder, slow), signal: calledOff.signal }), reason)
})
