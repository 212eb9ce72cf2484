import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { notInstalled } from '../pn532-terminal.ts'

// From dist/test/kit/hidraw to the package's own folder.
const SHIM = fileURLToPath(new URL('../../../../test/kit/hidraw/hidraw-shim.c', import.meta.url))

/** Why there is no emulated hidraw here, or false. */
export const noHidraw: string | false =
  notInstalled('umockdev-run', 'gcc') ||
  (!existsSync('/usr/include/linux/hidraw.h') && 'linux-libc-dev not installed')

/** What makes a program see the emulated nodes, built into the folder where their sockets are. */
export type Preload = {
  /** What goes in front of the program and its arguments, to be run by `umockdev-run`. */
  command(description: string, program: readonly string[]): readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Builds the shim. umockdev makes its file tree in the folder too, since that is the one for temporary files. */
export async function buildShim(folder: string): Promise<Preload> {
  const shim = join(folder, 'shim.so')
  const flags = ['-shared', '-fPIC', '-O2', '-Wall', '-Werror']
  await promisify(execFile)('gcc', [...flags, '-o', shim, SHIM])
  return {
    command: (description, program) => [
      ...['-d', description, '--', 'env'],
      `LD_PRELOAD=${shim}:libumockdev-preload.so.0`,
      ...program,
    ],
    env: { TMPDIR: folder, HIDRAW_SOCKETS: folder, NODE_OPTIONS: '' },
  }
}
