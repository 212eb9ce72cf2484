import t from 'tap'
import { createPatientTimers, type PatientTimers } from '../../../hardware/sim/patient-timers.ts'

type Bench = { readonly timers: PatientTimers; pass(ms: number): Promise<void> }

/** A machine whose clock and whose waking are in our hands. */
function bench(): Bench {
  let nowMs = 1000
  let waking: { readonly atMs: number; readonly action: () => void } | undefined
  const wake = (ms: number, action: () => void): (() => void) => {
    waking = { atMs: nowMs + ms, action }
    return () => {
      waking = undefined
    }
  }
  const turn = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    timers: createPatientTimers(() => nowMs, wake),
    pass: async (ms) => {
      nowMs += ms
      const due = waking
      if (due !== undefined && due.atMs <= nowMs) {
        waking = undefined
        due.action()
      }
      await turn()
    },
  }
}

t.test('time passes with the machine, and what is due is done in its order', async (t) => {
  const { timers, pass } = bench()
  const done: string[] = []
  timers.after(20, () => done.push('second'))
  timers.after(10, () => done.push('first'))
  timers.after(15, () => done.push('called off'))()
  for (let i = 0; i < 5; i++) await pass(5)
  t.same(done, ['first', 'second'])
  t.equal(timers.nowMs, 25)
})

t.test('a machine that does not let the process run makes nothing late', async (t) => {
  const { timers, pass } = bench()
  let isLate = false
  timers.after(100, () => {
    isLate = true
  })
  await pass(5000)
  t.notOk(isLate)
  t.equal(timers.nowMs, 20, 'of a long absence only so much counts')
  for (let i = 0; i < 8; i++) await pass(10)
  t.ok(isLate)
})

t.test('time stands still while the machine is at work', async (t) => {
  const { timers, pass } = bench()
  let isDone = false
  timers.after(10, () => {
    isDone = true
  })
  let end = (): void => {}
  const work = timers.during(
    new Promise<void>((resolve) => {
      end = resolve
    }),
  )
  for (let i = 0; i < 10; i++) await pass(10)
  t.notOk(isDone)
  end()
  await work
  for (let i = 0; i < 2; i++) await pass(10)
  t.ok(isDone)
})

t.test('what one piece of code puts in order stays in order, however long it takes', async (t) => {
  let readMs = 0
  // Every look finds the clock further on.
  const read = (): number => {
    readMs += 1
    return readMs
  }
  let wakeUp = (): void => {}
  const timers = createPatientTimers(read, (_, action) => {
    wakeUp = action
    return () => {}
  })
  const done: number[] = []
  const fromMs = timers.nowMs
  for (let i = 0; i < 5; i++) timers.after(fromMs + i * 0.1 - timers.nowMs, () => done.push(i))
  for (let i = 0; i < 10; i++) {
    wakeUp()
    for (let j = 0; j < 10; j++) await new Promise((resolve) => setImmediate(resolve))
  }
  t.same(done, [0, 1, 2, 3, 4])
})
