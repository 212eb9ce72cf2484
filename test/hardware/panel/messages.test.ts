import t from 'tap'
import {
  Command,
  encodeClearTamper,
  encodeRing,
  encodeSound,
  encodeWatch,
  readDone,
  readGuards,
  readState,
} from '../../../hardware/panel/messages.ts'
import { fromHex, toHex } from '../../../protocol/bytes.ts'

const frame = (command: number, payload: string) => ({
  command,
  seq: 1,
  payload: fromHex(payload),
})

t.test('the ring: pattern, colour, period in 10 ms, lamps', async (t) => {
  t.equal(
    toHex(encodeRing({ pattern: 'fill', colour: [1, 2, 127], periodMs: 2000, level: 12 })),
    ['05', '01', '02', '7f', '4801', '0c'].join(''),
  )
  t.equal(toHex(encodeRing({ pattern: 'steady', colour: [0, 0, 0] })), '01000000640000')
  const wrong = { code: 'call.panel-value' }
  t.throws(() => encodeRing({ pattern: 'steady', colour: [128, 0, 0] }), wrong)
  t.throws(() => encodeRing({ pattern: 'steady', colour: [0, 0.5, 0] }), wrong)
  t.throws(() => encodeRing({ pattern: 'steady', colour: [0, 0, 0], periodMs: 0 }), wrong)
  t.throws(() => encodeRing({ pattern: 'steady', colour: [0, 0, 0], periodMs: 170_000 }), wrong)
  t.throws(() => encodeRing({ pattern: 'fill', colour: [0, 0, 0], level: 25 }), wrong)
})

t.test('a tune: frequency and length of each note', async (t) => {
  t.equal(toHex(encodeSound([{ hertz: 440, ms: 150 }])), ['3803', '0f'].join(''))
  t.equal(toHex(encodeSound([{ hertz: 0, ms: 80 }])), '000008')
  t.equal(encodeSound([]).length, 0)
  const wrong = { code: 'call.panel-value' }
  t.throws(() => encodeSound([{ hertz: 99, ms: 100 }]), wrong)
  t.throws(() => encodeSound([{ hertz: 440, ms: 0 }]), wrong)
  t.throws(() => encodeSound([{ hertz: 440, ms: 1280 }]), wrong)
  t.throws(() => encodeSound(new Array(13).fill({ hertz: 440, ms: 100 })), wrong)
})

t.test('the watch in seconds, and the openings of the loop that somebody knows of', async (t) => {
  t.equal(toHex(encodeWatch(10, 300)), '0a2c02')
  t.throws(() => encodeWatch(128, 0), { code: 'call.panel-value' })
  t.throws(() => encodeWatch(0, 6001), { code: 'call.panel-value' })
  t.equal(toHex(encodeClearTamper(0x3f_ff)), '7f7f')
})

t.test('the state, field by field', async (t) => {
  const payload = [
    '01020000', // 257 s
    '03', // watchdog
    '0d', // door open, tampered, was quiet
    '0501', // 133 openings
    '03', // spin
    '0200', // 2 line errors
  ].join('')
  t.same(readState(frame(Command.state, payload)), {
    uptimeS: 257,
    start: 'watchdog',
    guards: { isDoorOpen: true, isLoopOpen: false, isTampered: true, tamperCount: 133 },
    wasQuiet: true,
    pattern: 'spin',
    lineErrors: 2,
  })
})

t.test('what is no state, no guards and no answer is nothing', async (t) => {
  const good = '0102000003000501030200'
  t.equal(readState(frame(Command.done, good)), undefined)
  for (let cut = 0; cut < 11; cut++) {
    t.equal(readState(frame(Command.state, good.slice(0, 2 * cut))), undefined)
  }
  t.equal(readState(frame(Command.state, '0102000009000501030200')), undefined, 'start 9')
  t.equal(readState(frame(Command.state, '01020000030005017f0200')), undefined, 'pattern 127')
  t.equal(readGuards(frame(Command.guards, '0700')), undefined)
  t.equal(readDone(frame(Command.done, '0109')), undefined)
  t.equal(readDone(frame(Command.done, '01')), undefined)
  t.same(readDone(frame(Command.done, '0404')), { command: 4, outcome: 'stale' })
  t.same(readGuards(frame(Command.guards, '020100')), {
    isDoorOpen: false,
    isLoopOpen: true,
    isTampered: false,
    tamperCount: 1,
  })
})
