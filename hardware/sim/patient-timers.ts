import { createAgenda, type Entry } from './agenda.ts'
import type { CableClock } from './cable-way.ts'
import { settled } from './virtual-timers.ts'

/** The longest that it looks away while something is to be done, in ms. */
const LOOK_MS = 10
/** Of a longer time in which the machine did not let this process run, only so much counts, in ms. */
const MOST_STEP_MS = 20

/** Timers that wait for a machine that is slow. */
export type PatientTimers = CableClock & {
  /** Time stands still until the promise settles: what it waits for is the machine's, not a device's. */
  during<T>(promise: Promise<T>): Promise<T>
}

/**
 * Real time for drivers and emulators that share a process, starting at 0 ms. While the process has
 * something to do and does not get to run, its time stands still: a loaded machine makes a run last
 * longer, and no device late.
 */
export function createPatientTimers(
  readMs: () => number = () => performance.now(),
  wake: (ms: number, action: () => void) => () => void = wakeLater,
): PatientTimers {
  const agenda = createAgenda()
  let [nowMs, lastMs, count, active, holds] = [0, readMs(), 0, 0, 0]
  let isRunning = false
  let cancelWake = (): void => {}
  let wakesAt = Number.POSITIVE_INFINITY

  let isRead = false
  /** The same to all that one piece of code asks: what it puts in order stays in order. */
  const look = (): number => {
    if (isRead) return nowMs
    isRead = true
    queueMicrotask(() => {
      isRead = false
    })
    const read = readMs()
    if (holds === 0) nowMs += Math.min(MOST_STEP_MS, Math.max(0, read - lastMs))
    lastMs = read
    return nowMs
  }
  const arm = (): void => {
    if (isRunning || active === 0) return
    const wanted = Math.min(agenda.nextAt ?? nowMs, nowMs + LOOK_MS)
    if (wanted >= wakesAt) return
    cancelWake()
    wakesAt = wanted
    cancelWake = wake(Math.max(0, wanted - nowMs), () => void run())
  }
  const run = async (): Promise<void> => {
    wakesAt = Number.POSITIVE_INFINITY
    isRunning = true
    for (let due = agenda.takeUntil(look()); due !== undefined; due = agenda.takeUntil(look())) {
      active -= 1
      const { action } = due
      due.action = undefined
      action?.()
      // What it led to comes before what is due later, and so do the bytes that have arrived.
      await settled()
    }
    isRunning = false
    arm()
  }
  return {
    get nowMs() {
      return look()
    },
    during: async (promise) => {
      look()
      holds += 1
      try {
        return await promise
      } finally {
        look()
        holds -= 1
        lastMs = readMs()
      }
    },
    after: (ms, action) => {
      // Whoever waited for nothing at all has lost no time.
      if (active === 0) lastMs = Math.max(lastMs, readMs())
      const entry: Entry = { at: look() + ms, order: count++, action }
      agenda.add(entry)
      active += 1
      arm()
      return () => {
        if (entry.action === undefined) return
        entry.action = undefined
        active -= 1
        if (active === 0) cancelWake()
        if (active === 0) wakesAt = Number.POSITIVE_INFINITY
      }
    },
  }
}

function wakeLater(ms: number, action: () => void): () => void {
  const handle = setTimeout(action, ms)
  return () => clearTimeout(handle)
}
