import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

/** Which part of the chain a process is, as the figures count it. */
export type Part = 'kiosk' | 'gateway' | 'ingest' | 'match' | 'api' | 'broker'

/** How a process of the campaign is started; asked again at each start. */
export type VictimPlan = {
  readonly part: Part
  readonly command: () => readonly [program: string, ...args: string[]]
  readonly onLine?: (line: string) => void
  readonly stderr: (text: string) => void
}

/** A process that is killed again and again, and started anew however it ended. */
export type Victim = {
  readonly part: Part
  /** Deaths by our hand, and ends of its own that nobody asked for. */
  readonly kills: number
  readonly ownEnds: number
  kill(): void
  /** Writes a line to its standard input. */
  tell(line: string): void
  /** Resolves when it has ended with 0. */
  readonly done: Promise<void>
  /** Ends it for good: asked first, killed after a while. */
  stop(): Promise<void>
}

const RESTART_MS = 100
const STOP_MS = 30_000

/** Starts it, and starts it again until it ends with 0 or is stopped. */
export function startVictim({ part, command, onLine, stderr }: VictimPlan): Victim {
  let child: ChildProcess | undefined
  let [kills, ownEnds] = [0, 0]
  let isStopped = false
  let isKilled = false
  let isDone = (): void => {}
  const done = new Promise<void>((resolve) => {
    isDone = resolve
  })

  async function live(): Promise<void> {
    while (!isStopped) {
      const [program, ...args] = command()
      isKilled = false
      child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
      child.stdin?.on('error', () => undefined) // it may be dead when it is told something
      child.stderr?.on('data', (chunk) => stderr(String(chunk)))
      if (child.stdout)
        createInterface({ input: child.stdout }).on('line', (line) => onLine?.(line))
      const [code] = await once(child, 'exit')
      child = undefined
      if (code === 0) return isDone()
      if (!(isStopped || isKilled)) ownEnds += 1
      await delay(RESTART_MS)
    }
  }
  const life = live()
  return {
    part,
    done,
    get kills() {
      return kills
    },
    get ownEnds() {
      return ownEnds
    },
    kill() {
      if (child === undefined || isKilled) return
      isKilled = true
      kills += 1
      child.kill('SIGKILL')
    },
    tell: (line) => void child?.stdin?.write(`${line}\n`),
    async stop() {
      isStopped = true
      const dying = child
      dying?.kill('SIGTERM')
      const timer = setTimeout(() => dying?.kill('SIGKILL'), STOP_MS)
      await life
      clearTimeout(timer)
    },
  }
}
