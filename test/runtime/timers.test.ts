import t from 'tap'
import { systemTimers } from '../../runtime/timers.ts'

t.test('what is due at once is done, what was cancelled is not', async (t) => {
  let cancelled = 0
  systemTimers.after(0, () => cancelled++)()
  // Timers do not keep a process alive; this one is to wait for it.
  const alive = setInterval(() => undefined, 1000)
  await new Promise<void>((resolve) => systemTimers.after(1, resolve))
  clearInterval(alive)
  t.equal(cancelled, 0)
})

t.test('what is further off than a timer of Node reaches is not done at once', async (t) => {
  let done = 0
  const cancels = [2 ** 31, 2 ** 40, Number.POSITIVE_INFINITY].map((ms) =>
    systemTimers.after(ms, () => done++),
  )
  const alive = setInterval(() => undefined, 1000)
  await new Promise<void>((resolve) => systemTimers.after(20, resolve))
  clearInterval(alive)
  t.equal(done, 0)
  for (const cancel of cancels) cancel()
})
