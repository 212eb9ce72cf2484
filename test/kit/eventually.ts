import { setTimeout as delay } from 'node:timers/promises'

/** Waits for what other processes do; the deadline is for a machine that is busy. */
export async function eventually(
  is: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  const end = performance.now() + 90_000
  while (!(await is())) {
    if (performance.now() > end) throw new Error(`never came: ${what}`)
    await delay(25)
  }
}
