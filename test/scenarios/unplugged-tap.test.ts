import t, { type Test } from 'tap'
import { TAP_STEPS } from '../../firmware/tap/presence.ts'
import { CABLES } from './cables/cabled-place.ts'
import { type TapPullAt, type TapWalk, walkTaps } from './cables/tap-walk.ts'

const NOTICE_MS = 1000
const RESUME_MS = 3000
/** Where the port does not say that it ended, a reader at work is noticed by its own deadline. */
const UNTOLD_NOTICE_MS = 3000
/** Places among the bytes of the answered tap. */
const BYTE_PLACES = 24

const longest = { pulls: 0, noticeMs: 0, untoldMs: 0, resumeMs: 0 }

async function compare(t: Test, good: TapWalk, name: string, at: TapPullAt): Promise<void> {
  await t.test(`${at.cable}, ${name}`, async (t) => {
    const { result, pulled } = await walkTaps(t, at)
    t.same(result, good.result, 'each card has its one answer')
    t.same(pulled?.faults, [])
    t.equal(pulled?.isOver, true, 'the device is back at work')
    if (pulled === undefined) return
    const { noticeMs, resumeMs } = pulled
    const limitMs = at.isTold ? NOTICE_MS : UNTOLD_NOTICE_MS
    t.ok(noticeMs >= 0 && noticeMs <= limitMs, `noticed after ${noticeMs} ms`)
    t.ok(resumeMs <= RESUME_MS, `resumed after ${resumeMs} ms`)
    longest.pulls += 1
    longest.resumeMs = Math.max(longest.resumeMs, resumeMs)
    const kind = at.isTold ? 'noticeMs' : 'untoldMs'
    longest[kind] = Math.max(longest[kind], noticeMs)
  })
}

t.setTimeout(300_000)

t.test('a cable pulled anywhere in a tap', async (t) => {
  const good = await walkTaps(t)
  t.match(good.result, { outcomes: ['go ok', 'one-card-please several-cards'], card: 'personhood' })
  const met = new Set(good.entries.map(({ step }) => step))
  t.same([...met].sort(), [...TAP_STEPS].sort(), 'each step of a tap is met')
  const elsewhere = { awayMs: 2600, node: '/dev/ttyUSB7' }
  for (const cable of CABLES) {
    for (const [entry, { step, atMs }] of good.entries.entries()) {
      const next = good.entries[entry + 1]?.atMs ?? atMs + 2000
      const afterMs = Math.floor((next - atMs) / 2)
      const there = { cable, entry, awayMs: 1500 }
      await compare(t, good, `entering ${step}`, { ...there, afterMs: 0, isTold: true })
      if (cable === 'panel') continue
      await compare(t, good, `in ${step}`, { ...there, ...elsewhere, afterMs, isTold: true })
      await compare(t, good, `in ${step}, untold`, { ...there, afterMs, isTold: false })
    }
  }
  for (let place = 1; place <= BYTE_PLACES; place++) {
    const byte = Math.floor((good.bytes * place) / (BYTE_PLACES + 1))
    const how = place % 2 === 0 ? { awayMs: 1500 } : elsewhere
    const at = { cable: 'reader', byte, ...how, isTold: place % 3 !== 0 } as const
    await compare(t, good, `byte ${byte} of ${good.bytes}`, at)
  }
  t.comment(
    `${longest.pulls} pulls; noticed within ${longest.noticeMs} ms where the port tells, ${longest.untoldMs} ms where it does not; back within ${longest.resumeMs} ms`,
  )
})
