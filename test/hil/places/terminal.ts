import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { access, type FileHandle, open, rm } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import { createPortEvents } from '../../../hardware/port.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import type { Shown } from './on-machine.ts'

type Socat = ChildProcessByStdio<Writable, Readable, null>

/** For the program to make the terminal, in ms; a loaded machine takes its time. */
const MAKING_MS = 60_000
const LOOK_MS = 3

/** A pseudo-terminal behind the link, whose other side is a port; pulled, the link is gone. */
export async function showTerminal(link: string): Promise<Shown> {
  const socat = spawn('socat', [`pty,rawer,link=${link}`, '-'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(socat, 'exit').catch(() => undefined)
  const failure = new Promise<never>((_, reject) => {
    socat.on('error', (cause) => reject(noTerminal(link, cause)))
    socat.on('exit', () => reject(noTerminal(link)))
  })
  failure.catch(() => undefined)
  // Written to while it ends, it is no fault of ours.
  socat.stdin.on('error', () => undefined)
  // While we hold it too, a program that closes it does not end it for the next.
  const held = await Promise.race([holdTerminal(link), failure]).catch((error: unknown) => {
    socat.kill('SIGKILL')
    throw error
  })
  const events = createPortEvents(link)
  socat.stdout.on('data', (bytes: Uint8Array) => events.deliver(bytes))
  const port = {
    name: link,
    onBytes: events.onBytes,
    onClose: events.onClose,
    write: (bytes: Uint8Array) => writeAll(socat, bytes),
    close: async () => events.end(undefined),
  }
  let isLinked = true
  return {
    port,
    pull: async (isTold) => {
      if (isLinked) await rm(link, { force: true })
      isLinked = false
      if (!isTold) return
      await end(socat, held, ended)
      events.end(undefined)
    },
  }
}

async function end(socat: Socat, held: FileHandle, ended: Promise<unknown>): Promise<void> {
  socat.kill('SIGKILL')
  await ended
  await held.close().catch(() => undefined)
}

async function holdTerminal(link: string): Promise<FileHandle> {
  const deadline = performance.now() + MAKING_MS
  while (!(await isThere(link))) {
    if (performance.now() > deadline) throw noTerminal(link)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  return await open(link, constants.O_RDWR | constants.O_NOCTTY)
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function writeAll({ stdin }: Socat, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => void stdin.write(bytes, () => resolve()))
}

function noTerminal(link: string, cause?: unknown): PersonhoodError {
  return new PersonhoodError('device.no-terminal', `socat gave no terminal at ${link}`, { cause })
}
