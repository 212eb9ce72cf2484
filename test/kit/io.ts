import { Readable } from 'node:stream'
import type { Io } from '../../cli/io.ts'

/** An `Io` that keeps what is written to it. */
export function capture(cwd = '/'): { io: Io; out: () => string; err: () => string } {
  let out = ''
  let err = ''
  const io: Io = {
    stdout: (text) => {
      out += text
    },
    stderr: (text) => {
      err += text
    },
    isTty: false,
    stdin: Readable.from([]),
    program: 'personhood',
    env: {},
    cwd,
    signal: new AbortController().signal,
  }
  return { io, out: () => out, err: () => err }
}
