import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPn532Simulator, type Pn532Simulator } from '../../hardware/nfc/simulator.ts'
import type { VirtualCard } from '../../hardware/nfc/virtual-card.ts'
import { type BytePort, createPortEvents } from '../../hardware/port.ts'
import { until } from './terminals.ts'

const CLIENT_DEADLINE_MS = 15_000

/** Why these programs cannot be run here, or false. */
export function notInstalled(...programs: readonly string[]): string | false {
  const missing = programs.filter((program) => spawnSync('which', [program]).status !== 0)
  return missing.length > 0 && `${missing.join(' and ')} not installed`
}

/** What else happens while a program runs. */
export type ProgramOptions = {
  /** Typed at it from the beginning. */
  readonly input?: string
  /** Called with all that it has printed so far, whenever it prints. */
  readonly onTold?: (told: string, chip: Pn532Simulator) => void
}

/** What a program of libnfc prints with these cards in the field of a virtual PN532 on a pseudo-terminal. */
export async function runWithCards(
  cards: readonly VirtualCard[],
  [program, ...args]: readonly [string, ...string[]],
  { input = '', onTold }: ProgramOptions = {},
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nfc-'))
  const tty = join(folder, 'tty')
  const socat = spawn('socat', [`pty,rawer,link=${tty}`, '-'])
  const chip = createPn532Simulator(portOf(socat))
  for (const card of cards) chip.place(card)
  try {
    await until(() => existsSync(tty))
    const running = spawn(program, args, {
      env: { ...process.env, LIBNFC_DEVICE: `pn532_uart:${tty}`, LIBNFC_AUTO_SCAN: 'false' },
      timeout: CLIENT_DEADLINE_MS,
    })
    let [told, complaints] = ['', '']
    running.stdout.on('data', (bytes: Buffer) => {
      told += bytes.toString()
      onTold?.(told, chip)
    })
    running.stderr.on('data', (bytes: Buffer) => {
      complaints += bytes.toString()
    })
    // It may end before it has read what is typed.
    running.stdin.on('error', () => undefined)
    running.stdin.end(input)
    const [status] = await once(running, 'close')
    if (status !== 0) throw new Error(`${program} ended with ${status}: ${complaints}${told}`)
    return told
  } finally {
    chip.close()
    socat.kill()
    await rm(folder, { recursive: true })
  }
}

/** A port on the standard streams of socat, which joins them to a pseudo-terminal. */
function portOf(socat: ChildProcessWithoutNullStreams): BytePort {
  const events = createPortEvents('pty')
  socat.stdout.on('data', (bytes: Uint8Array) => events.deliver(Uint8Array.from(bytes)))
  socat.on('exit', () => events.end(undefined))
  return {
    name: 'pty',
    onBytes: events.onBytes,
    onClose: events.onClose,
    write: async (bytes) => void socat.stdin.write(bytes),
    close: async () => void socat.kill(),
  }
}
