import t, { type Test } from 'tap'
import { STEP_DEVICE } from '../../firmware/enrolment/states.ts'
import { CABLES, type CableName } from './cables/cabled-place.ts'
import { type PullAt, type Walk, walkEnrolment } from './cables/enrolment-walk.ts'

const NOTICE_MS = 1000
const RESUME_MS = 3000
/** Where the port does not say that it ended, a device at work is noticed by its own deadline. */
const UNTOLD_NOTICE_MS = 3000

/** Longest of all pulls, printed at the end. */
const longest = { pulls: 0, noticeMs: 0, untoldMs: 0, resumeMs: 0 }

/** At entering each state and in its middle, back at the same node and another, told and untold. */
function pullsOf(walk: Walk, cable: CableName): readonly PullAt[] {
  return walk.entries.slice(0, -1).flatMap(({ atMs }, entry) => {
    const next = walk.entries[entry + 1]?.atMs ?? atMs
    const afterMs = Math.floor((next - atMs) / 2)
    const there = { cable, entry, awayMs: 1500 }
    const elsewhere = { cable, entry, awayMs: 2600, node: '/dev/ttyUSB7' }
    const pulls: PullAt[] = [
      { ...there, afterMs: 0, isTold: true },
      { ...elsewhere, afterMs, isTold: true },
    ]
    return cable === 'panel' || afterMs === 0
      ? pulls
      : [...pulls, { ...there, afterMs, isTold: false }]
  })
}

async function compare(t: Test, good: Walk, at: PullAt, isDeclined: boolean): Promise<void> {
  const step = good.entries[at.entry]?.step
  const name = `${at.cable}, ${step} ${at.entry} + ${at.afterMs} ms, ${at.isTold ? 'told' : 'untold'}`
  await t.test(name, async (t) => {
    const walk = await walkEnrolment(t, { at, isDeclined })
    const { pulled } = walk
    t.same(walk.result, good.result, 'it ends as it would have ended')
    t.same(pulled?.faults, [])
    t.equal(pulled?.isOver, true, 'the device is back at work')
    if (pulled === undefined) return
    t.ok(
      pulled.noticeMs >= 0 && pulled.noticeMs <= (at.isTold ? NOTICE_MS : UNTOLD_NOTICE_MS),
      `noticed after ${pulled.noticeMs} ms`,
    )
    t.ok(pulled.resumeMs <= RESUME_MS, `resumed after ${pulled.resumeMs} ms`)
    // Only the eye that was looked at is looked at again.
    const again = walk.looks.left - good.looks.left + walk.looks.right - good.looks.right
    const isLook = step === 'capturing' && at.cable === 'orb'
    t.ok(isLook ? again >= 0 : again === 0, `${again} captures begun again`)
    longest.pulls += 1
    longest.resumeMs = Math.max(longest.resumeMs, pulled.resumeMs)
    const kind = at.isTold ? 'noticeMs' : 'untoldMs'
    longest[kind] = Math.max(longest[kind], pulled.noticeMs)
  })
}

t.setTimeout(300_000)

t.test('a cable pulled anywhere in an enrolment', async (t) => {
  const whole = await walkEnrolment(t)
  const declined = await walkEnrolment(t, { isDeclined: true })
  t.comment(whole.entries.map(({ step, atMs }) => `${step} ${atMs}`).join(', '))
  const met = new Set([...whole.entries, ...declined.entries].map(({ step }) => step))
  t.same([...met].sort(), Object.keys(STEP_DEVICE).sort(), 'each state of the machine is met')
  for (const cable of CABLES) {
    for (const at of pullsOf(whole, cable)) await compare(t, whole, at, false)
    for (const at of pullsOf(declined, cable).filter(
      ({ entry }) => declined.entries[entry]?.step === 'stopped',
    )) {
      await compare(t, declined, at, true)
    }
  }
  t.comment(
    `${longest.pulls} pulls; noticed within ${longest.noticeMs} ms where the port tells, ${longest.untoldMs} ms where it does not; back within ${longest.resumeMs} ms`,
  )
})
