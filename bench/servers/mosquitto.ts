import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** Where Debian puts it. */
export const MOSQUITTO = '/usr/sbin/mosquitto'

/** Why no Mosquitto can be run here, or false. */
export function noMosquitto(): string | false {
  return existsSync(MOSQUITTO) ? false : 'Mosquitto is not installed (Debian: mosquitto)'
}

/** Writes a configuration for 127.0.0.1 that takes anybody and keeps nothing on disk; gives its path. */
export function forgetfulMosquitto(folder: string, port: number): string {
  const file = join(folder, 'mosquitto.conf')
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence false',
    'log_type error',
    'log_type warning',
    'max_queued_messages 10000',
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

/** A port of 127.0.0.1 that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
