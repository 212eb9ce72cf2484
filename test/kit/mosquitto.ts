import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'

const MOSQUITTO = '/usr/sbin/mosquitto'

/** Why tests with Debian's Mosquitto are skipped, or false. */
export const noMosquitto: string | false = existsSync(MOSQUITTO)
  ? false
  : 'Debian package mosquitto is not installed'

/** Why tests with Debian's own clients are skipped, or false. */
export const noMosquittoClients: string | false =
  noMosquitto ||
  (existsSync('/usr/bin/mosquitto_sub')
    ? false
    : 'Debian package mosquitto-clients is not installed')

/** A Mosquitto that runs until the test ends. */
export type RunningMosquitto = { readonly port: number; readonly process: ChildProcess }

/** Starts Mosquitto with these lines of configuration, on a free port of 127.0.0.1. */
export async function startMosquitto(
  t: Test,
  lines: (port: number) => readonly string[],
): Promise<RunningMosquitto> {
  const port = await freePort()
  const config = join(t.testdir(), 'mosquitto.conf')
  writeFileSync(config, `${['persistence false', 'user root', ...lines(port)].join('\n')}\n`)
  return { port, process: await runMosquitto(t, config) }
}

/** Runs Mosquitto on a configuration that is there. */
export async function runMosquitto(t: Test, config: string): Promise<ChildProcess> {
  const child = spawn(MOSQUITTO, ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  const said: string[] = []
  for await (const line of child.stderr) {
    said.push(String(line))
    if (/running/.test(String(line))) {
      child.stderr.resume()
      return child
    }
  }
  throw new Error(`mosquitto does not start: ${said.join('')}`)
}

/** A port of 127.0.0.1 that nobody has now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
