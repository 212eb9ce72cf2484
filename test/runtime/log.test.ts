import fc from 'fast-check'
import t from 'tap'
import { BiometricBytes } from '../../protocol/biometric.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { createLog, errorFields, type LogOptions } from '../../runtime/log.ts'
import { createManualClock } from './manual-clock.ts'

function recorded(options: Partial<LogOptions> = {}) {
  const lines: string[] = []
  const log = createLog({
    level: 'debug',
    write: (line) => lines.push(line),
    clock: createManualClock(1_800_000_000),
    isForPeople: false,
    ...options,
  })
  return { log, lines }
}

t.test('a line is one JSON object with time, level, event and fields', async (t) => {
  const { log, lines } = recorded()
  log.info('enrolment.saved', { kiosk: 'demo.a/k1', ms: 12, online: false, sizes: [1, 2] })
  t.equal(
    lines.join(''),
    '{"time":"2027-01-15T08:00:00Z","level":"info","event":"enrolment.saved","kiosk":"demo.a/k1","ms":12,"online":false,"sizes":[1,2]}\n',
  )
})

t.test('on a terminal it is short, and what has spaces is quoted', async (t) => {
  const { log, lines } = recorded({ isForPeople: true })
  log.warn('link.down', { url: 'mqtt://a:1', note: 'try again', list: ['a', 'b'], left: undefined })
  t.equal(lines[0], '08:00:00 warn  link.down url=mqtt://a:1 note="try again" list=a,b\n')
})

t.test('levels below the lowest are dropped, and a child adds its fields', async (t) => {
  const { log, lines } = recorded({ level: 'warn' })
  log.debug('a')
  log.info('b')
  const child = log.child({ kiosk: 'k1' })
  child.warn('c', { n: 1 })
  child.child({ n: 2 }).error('d')
  t.same(
    lines.map((line) => JSON.parse(line)).map(({ event, kiosk, n }) => ({ event, kiosk, n })),
    [
      { event: 'c', kiosk: 'k1', n: 1 },
      { event: 'd', kiosk: 'k1', n: 2 },
    ],
  )
})

t.test(
  'bytes, biometric data and objects do not type-check, and are refused at run time',
  async (t) => {
    const { log, lines } = recorded()
    const secret = 'c0ffee'
    // @ts-expect-error bytes are not loggable
    log.info('a', { template: Uint8Array.of(0xc0, 0xff, 0xee) })
    // @ts-expect-error biometric data is not loggable
    log.info('b', { template: new BiometricBytes(Uint8Array.of(0xc0, 0xff, 0xee)) })
    // @ts-expect-error objects are not loggable
    log.info('c', { nested: { template: secret } })
    // @ts-expect-error an error may carry bytes: errorFields takes what may be logged
    log.info('d', { error: Object.assign(new Error('x'), { bytes: secret }) })
    // @ts-expect-error lists of bytes are not loggable
    log.info('e', { list: [Uint8Array.of(1), { secret }] })
    // @ts-expect-error neither is nothing
    log.info('f', { nothing: null, late: () => secret, big: 1n })
    const all = lines.join('')
    t.notMatch(all, /c0ffee|192|\[object/)
    t.match(all, /"template":"\[refused: object\]"/)
    t.match(all, /"list":\["\[refused: object\]","\[refused: object\]"\]/)
    t.match(
      all,
      /"nothing":"\[refused: null\]","late":"\[refused: function\]","big":"\[refused: bigint\]"/,
    )
  },
)

t.test('a text that could hold a template is cut, a number that is none is a word', async (t) => {
  const { log, lines } = recorded()
  log.info('a', { hex: 'ab'.repeat(2048), n: Number.NaN, list: Array(100).fill(1) })
  const { hex, n, list } = JSON.parse(lines[0] ?? '')
  t.equal(hex.length, 301)
  t.equal(n, 'NaN')
  t.equal(list.length, 50)
})

t.test(
  'nothing that comes from outside forges a line, a level or a terminal command',
  async (t) => {
    for (const isForPeople of [false, true]) {
      const { log, lines } = recorded({ isForPeople })
      log.info('a', {
        level: 'error',
        time: 'never',
        event: 'b',
        x: '1\n2 error forged\u001b[2J\u009b',
      })
      t.equal(lines.length, 1)
      t.equal(lines[0]?.split('\n').length, 2)
      t.notMatch(lines[0]?.trimEnd(), /\p{Cc}/u)
      t.match(lines[0], isForPeople ? /^08:00:00 info {2}a / : /"level":"info","event":"a"/)
      fc.assert(
        fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, value) => {
          lines.length = 0
          log.info(name, { [name]: value, value })
          const [line = ''] = lines
          const isOneLine = line.endsWith('\n') && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(line.slice(0, -1))
          return isOneLine && (isForPeople || typeof JSON.parse(line) === 'object')
        }),
      )
    }
  },
)

t.test('of an error code, message and causes are told, and nothing that hangs on it', async (t) => {
  const cause = Object.assign(new Error('open /dev/ttyACM0'), { code: 'EACCES', bytes: 'secret' })
  const error = new PersonhoodError('device.busy', 'the reader is in use', { cause })
  t.same(errorFields(error), {
    code: 'device.busy',
    error: 'device.busy: the reader is in use',
    because: ['EACCES: open /dev/ttyACM0'],
  })
  t.same(errorFields(new TypeError('x')), { code: 'bug', error: 'TypeError: x' })
  t.same(errorFields('thrown text'), { code: 'bug', error: 'string, not an error' })
  const loop = new Error('loop')
  loop.cause = loop
  t.equal(errorFields(loop)['because']?.toString().length, 'Error: loop'.length * 4 + 3)
})
