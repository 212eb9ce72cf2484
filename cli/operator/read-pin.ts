import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Io } from '../io.ts'

/** Asks for the PIN of a key: typed without being shown, or the first line that is piped in. */
export async function readPin(io: Pick<Io, 'stdin' | 'stderr' | 'signal'>): Promise<string> {
  io.stderr('PIN of the security key (it is not shown): ')
  // A terminal is echoed by readline, not by itself; an output that swallows all shows nothing.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({
    input: io.stdin,
    output: nowhere,
    terminal: 'isTTY' in io.stdin && io.stdin.isTTY === true,
    signal: io.signal,
  })
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve)
      // With the terminal in raw mode Ctrl-C is a key, and no signal of the process.
      lines.once('SIGINT', () => reject(new PersonhoodError('call.aborted', 'no PIN was given')))
      lines.once('close', () => {
        const code = io.signal.aborted ? 'call.aborted' : 'call.usage'
        reject(new PersonhoodError(code, 'no PIN was given'))
      })
    })
  } finally {
    lines.close()
    io.stderr('\n')
  }
}
