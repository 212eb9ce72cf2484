import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { notInstalled } from '../pn532-terminal.ts'

const SOURCE = 'test/kit/power-cut/recorder.c'
const HEAD_BYTES = 26
const IS_SYNCED = 1
const IS_FOLDER = 2

/** What a process asked of a file or a name, once it was done. `file` is the inode's number. */
export type Act =
  | { readonly kind: 'create'; readonly path: string; readonly file: bigint }
  | { readonly kind: 'size'; readonly path: string; readonly file: bigint; readonly size: number }
  | {
      readonly kind: 'write'
      readonly path: string
      readonly file: bigint
      readonly at: number
      readonly bytes: Uint8Array
      /** Through O_DSYNC: on the disk when it returned. */
      readonly isSynced: boolean
    }
  | { readonly kind: 'sync'; readonly path: string; readonly file: bigint }
  | { readonly kind: 'sync-folder'; readonly path: string }
  | { readonly kind: 'rename' | 'link'; readonly path: string; readonly to: string }
  | { readonly kind: 'unlink' | 'make-folder' | 'remove-folder'; readonly path: string }
  /** Writes by this mapping are not seen. */
  | { readonly kind: 'map'; readonly path: string }

/** Why nothing can be recorded here, or false. */
export function noRecorder(): string | false {
  if (process.platform !== 'linux') return 'the recorder is for Linux'
  return notInstalled('gcc') || (!existsSync('/usr/include/stdio.h') && 'libc6-dev not installed')
}

/** Runs processes and keeps what they ask of the files below `root`, in one order. */
export type Recorder = {
  readonly root: string
  /** Runs a script of Node to its end and gives how it ended. */
  run(script: string, args: readonly string[]): Promise<number | string>
  acts(): readonly Act[]
}

/** A recorder with an empty folder; both go away with the test. */
export function createRecorder(t: Test): Recorder {
  const home = mkdtempSync(join(tmpdir(), 'power-cut-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const [library, log, root] = [join(home, 'recorder.so'), join(home, 'log'), join(home, 'disk')]
  const flags = ['-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-Werror']
  execFileSync('gcc', [...flags, '-o', library, SOURCE, '-lpthread'], { stdio: 'inherit' })
  return {
    root,
    async run(script, args) {
      const child = spawn(process.execPath, [script, ...args], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: {
          ...process.env,
          // What io_uring writes passes no function of the C library.
          ...{ UV_USE_IO_URING: '0', LD_PRELOAD: library },
          ...{ POWER_CUT_ROOT: root, POWER_CUT_LOG: log },
        },
      })
      const timer = setTimeout(() => child.kill('SIGKILL'), 120_000)
      const [code, signal] = await once(child, 'exit')
      clearTimeout(timer)
      return code ?? signal
    },
    acts: () => parseRecording(readFileSync(log)),
  }
}

/** Reads a recording; throws where it is none. */
export function parseRecording(log: Uint8Array): readonly Act[] {
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength)
  const acts: Act[] = []
  for (let at = 0; at < log.length; ) {
    const flags = view.getUint8(at + 1)
    const [pathBytes, toBytes] = [view.getUint16(at + 2, true), view.getUint16(at + 4, true)]
    const file = view.getBigUint64(at + 6, true)
    const place = Number(view.getBigUint64(at + 14, true))
    const dataBytes = view.getUint32(at + 22, true)
    const [path, to, bytes] = slices(log, at + HEAD_BYTES, [pathBytes, toBytes, dataBytes])
    const names = { path: text(path), to: text(to) }
    const kind = String.fromCharCode(view.getUint8(at))
    acts.push(actOf(kind, flags, { ...names, file, place, bytes: bytes ?? new Uint8Array() }))
    at += HEAD_BYTES + pathBytes + toBytes + dataBytes
  }
  return acts
}

type Fields = {
  readonly path: string
  readonly to: string
  readonly file: bigint
  readonly place: number
  readonly bytes: Uint8Array
}

function actOf(kind: string, flags: number, fields: Fields): Act {
  const { path, to, file, place, bytes } = fields
  switch (kind) {
    case 'O':
      return { kind: 'create', path, file }
    case 'T':
      return { kind: 'size', path, file, size: place }
    case 'W':
      return { kind: 'write', path, file, at: place, bytes, isSynced: (flags & IS_SYNCED) !== 0 }
    case 'S':
      return flags & IS_FOLDER ? { kind: 'sync-folder', path } : { kind: 'sync', path, file }
    case 'R':
      return { kind: 'rename', path, to }
    case 'L':
      return { kind: 'link', path, to }
    case 'U':
      return { kind: 'unlink', path }
    case 'M':
      return { kind: 'make-folder', path }
    case 'D':
      return { kind: 'remove-folder', path }
    case 'P':
      return { kind: 'map', path }
    default:
      throw new Error(`not a recording: ${kind}`)
  }
}

function slices(log: Uint8Array, start: number, lengths: readonly number[]): Uint8Array[] {
  let at = start
  return lengths.map((length) => {
    const slice = log.slice(at, at + length)
    at += length
    return slice
  })
}

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes)
}
