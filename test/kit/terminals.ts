import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const hasSocat = spawnSync('socat', ['-V']).status === 0

/** Why there are no terminals here, or false. */
export const noTerminals: string | false = hasSocat
  ? false
  : 'socat is not installed, so there is no pair of terminals'

/** Two joined pseudo-terminals; each end is a path that a serial library can open. */
export type Terminals = {
  readonly host: string
  readonly device: string
  unplug(): void
}

/** A pair that ends with the test. */
export async function terminals(t: {
  teardown(action: () => Promise<void>): void
}): Promise<Terminals> {
  const folder = await mkdtemp(join(tmpdir(), 'serial-'))
  const [host, device] = [join(folder, 'host'), join(folder, 'device')]
  const socat: ChildProcess = spawn('socat', [`pty,rawer,link=${host}`, `pty,rawer,link=${device}`])
  const ended = once(socat, 'exit')
  t.teardown(async () => {
    socat.kill('SIGKILL')
    await ended
  })
  for (const path of [host, device]) await until(() => isThere(path))
  return { host, device, unplug: () => void socat.kill('SIGKILL') }
}

/** Polls with a deadline: another process gives no sign of its own. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('waited a minute in vain')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
