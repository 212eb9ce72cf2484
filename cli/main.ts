#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { benchCommand } from './bench/command.ts'
import { cardCommand } from './card/command.ts'
import { credentialCommand } from './credential/command.ts'
import { demoCommand } from './demo/command.ts'
import { dispatch } from './dispatch.ts'
import { doctorCommand } from './doctor/command.ts'
import { hilCommand } from './hil/command.ts'
import type { Io } from './io.ts'
import { irisCommand } from './iris/command.ts'
import { operatorCommand } from './operator/command.ts'
import { gatewayCommand } from './processes/gateway-command.ts'
import { kioskCommand } from './processes/kiosk-command.ts'
import { programName } from './program-name.ts'
import { provisionCommand } from './provision/command.ts'
import { queueCommand } from './queue/command.ts'
import { startCommand } from './start/command.ts'
import { storeCommand } from './store/command.ts'

const ABORT = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The second Ctrl-C does not wait for a clean end.
    if (ABORT.signal.aborted) process.exit(130)
    ABORT.abort()
  })
}

const io: Io = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  isTty: process.stderr.isTTY === true,
  stdin: process.stdin,
  env: process.env,
  cwd: process.cwd(),
  program: programName(process.argv[1] ?? '', process.cwd()),
  signal: ABORT.signal,
}

// A pipe that closes early (`| head`) is the reader's choice, not a fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})
// Nobody listens to the talk any more (`2>&1 | head`): the work goes on without it.
process.stderr.on('error', () => undefined)

const manifest = new URL('../../package.json', import.meta.url)
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
const commands = [
  startCommand,
  demoCommand,
  kioskCommand,
  gatewayCommand,
  provisionCommand,
  irisCommand,
  cardCommand,
  credentialCommand,
  operatorCommand,
  queueCommand,
  storeCommand,
  doctorCommand,
  benchCommand,
  hilCommand,
]
process.exitCode = await dispatch(commands, version, process.argv.slice(2), io)
