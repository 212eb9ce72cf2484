import fc from 'fast-check'
import t from 'tap'
import { concat, fromText } from '../../../protocol/bytes.ts'
import { acceptedCuts, feedNoise, isRefused } from '../../kit/parsers.ts'
import { encodeTrace, MAX_EVENT_BYTES, MAX_TRACE_BYTES, parseTrace, type Trace } from './trace.ts'

const TRACE: Trace = {
  role: 'nfc',
  unit: 'byte',
  baud: 115_200,
  of: 'emulator',
  takes: [
    {
      scene: 'open and greet',
      seed: 1,
      events: [
        { ms: 0, to: 'device', bytes: Uint8Array.of(0x55, 0x55, 0x00) },
        { ms: 0.260_416_666_666_666_7, to: 'host', bytes: Uint8Array.of(0, 0, 0xff, 0, 0xff, 0) },
        { ms: 2, to: 'nobody' },
      ],
      endMs: 2,
      outcome: 'device.unplugged',
    },
    { scene: 'nothing', seed: 0xff_ff_ff_ff, events: [], endMs: 0, outcome: 'done' },
  ],
}

const LINES = [
  '{"trace":1,"role":"nfc","unit":"byte","baud":115200,"of":"emulator","scenes":["open and greet","nothing"]}',
  '{"scene":"open and greet","seed":1}',
  '{"ms":0,"to":"device","hex":"555500"}',
  '{"ms":0.2604166666666667,"to":"host","hex":"0000ff00ff00"}',
  '{"ms":2,"to":"nobody"}',
  '{"ms":2,"end":"device.unplugged"}',
  '{"scene":"nothing","seed":4294967295}',
  '{"ms":0,"end":"done"}',
]
const text = (lines: readonly string[]): Uint8Array =>
  fromText(lines.map((line) => `${line}\n`).join(''))

t.test('a trace is lines of JSON, one a run of bytes', async (t) => {
  t.same(encodeTrace(TRACE), text(LINES))
  t.same(parseTrace(text(LINES)), TRACE)
})

t.test('whatever was recorded is read back', async (t) => {
  const event = fc.oneof(
    fc.record({
      to: fc.constantFrom('device' as const, 'host' as const),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    }),
    fc.record({ to: fc.constant('nobody' as const) }),
  )
  const times = fc.double({ min: 0, max: 1000, noNaN: true })
  fc.assert(
    fc.property(fc.array(fc.tuple(times, event), { maxLength: 8 }), (timed) => {
      let ms = 0
      const events = timed.map(([more, one]) => {
        ms += Math.abs(more)
        return { ms, ...one }
      })
      const take = { scene: 'a', seed: 7, events, endMs: ms, outcome: 'done' }
      const trace: Trace = { ...TRACE, takes: [take] }
      t.same(parseTrace(encodeTrace(trace)), trace)
    }),
    { numRuns: 50 },
  )
})

t.test('cut anywhere, doubled or with noise, it is no trace', async (t) => {
  const whole = encodeTrace(TRACE)
  t.same(acceptedCuts(whole, parseTrace), [])
  t.ok(isRefused(() => parseTrace(concat(whole, whole))))
  const isEvent = (line: number): boolean => LINES[line]?.includes('"to"') === true
  for (const line of [...LINES.keys()].filter((one) => !isEvent(one))) {
    t.ok(
      isRefused(() => parseTrace(text(LINES.toSpliced(line, 1)))),
      `without line ${line}`,
    )
  }
  feedNoise(parseTrace)
  feedNoise((noise) => parseTrace(concat(whole, noise.length === 0 ? Uint8Array.of(0) : noise)))
})

t.test('a line is refused with its number and what is wrong', async (t) => {
  const cases: readonly (readonly [number, string, RegExp])[] = [
    [0, '{"trace":2}', /line 1: no trace of version 1/],
    [0, LINES[0]?.replace('nfc', 'printer') ?? '', /line 1: role/],
    [0, LINES[0]?.replace('115200', '0') ?? '', /line 1: no baud rate/],
    [0, LINES[0]?.replace('["open and greet","nothing"]', '[]') ?? '', /line 1: no list/],
    [0, LINES[0]?.replace('"role"', '"more":1,"role"') ?? '', /line 1: written otherwise/],
    [1, '{"scene":"another","seed":1}', /line 2: not the scene/],
    [1, '{"scene":"open and greet","seed":-1}', /line 2: no seed/],
    [2, '{"ms":0,"to":"device","hex":"5555F0"}', /line 3: no hexadecimal/],
    [2, '{"ms":0,"to":"device","hex":"5"}', /line 3: no hexadecimal/],
    [2, '{"ms":0,"to":"moon","hex":"55"}', /line 3: no event/],
    [2, '{"ms":0, "to":"device","hex":"55"}', /line 3: written otherwise/],
    [2, '{"ms":3,"to":"device","hex":"55"}', /line 4: no time, or one that goes back/],
    [2, `{"ms":0,"to":"host","hex":"${'00'.repeat(MAX_EVENT_BYTES + 1)}"}`, /line 3: over 4096/],
    [2, '[1]', /line 3: no time/],
    [2, '7', /line 3: no object/],
    [2, 'x'.repeat(9000), /line 3: a line that is too long/],
    [5, '{"ms":2,"end":""}', /line 6: no outcome/],
  ]
  for (const [at, line, message] of cases) {
    t.throws(() => parseTrace(text(LINES.with(at, line))), { code: 'bytes.trace', message }, line)
  }
  t.throws(() => parseTrace(new Uint8Array(MAX_TRACE_BYTES + 1)), { message: /at most/ })
})
