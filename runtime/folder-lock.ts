import { stat, unlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PersonhoodError } from '../protocol/errors.ts'
import { systemCode } from './system-code.ts'

const ASK_HOLDER_MS = 500

/**
 * Takes a folder for this process until the returned function is called or the process ends, however
 * it ends; throws `store.busy` with the holder's process id where it is taken. The lock is a listening
 * socket, which the kernel frees with the process: a file with a process id in it outlives a kill and
 * may name a stranger. Processes in different network namespaces do not see each other's.
 */
export async function lockFolder(folder: string, address?: string): Promise<() => Promise<void>> {
  const socket = address ?? (await folderSocket(folder, 'store'))
  const server = createServer((client) => {
    client.on('error', () => undefined)
    client.end(String(process.pid))
  })
  if (!(await tryListen(server, socket))) {
    const holder = await askHolder(socket)
    // Outside Linux the socket is a file, which a killed process leaves behind with nobody listening.
    const isLeftBehind = holder === undefined && !socket.startsWith('\0')
    if (isLeftBehind) await unlink(socket).catch(() => undefined)
    if (!isLeftBehind || !(await tryListen(server, socket))) throw busy(folder, holder)
  }
  server.unref()
  return () => new Promise((resolve) => server.close(() => resolve()))
}

/** Linux: an abstract name made of what the folder is, so that two paths to it meet. */
export async function folderSocket(folder: string, purpose: 'store' | 'control'): Promise<string> {
  const { dev, ino } = await stat(folder, { bigint: true })
  const name = `personhood-${purpose}-${dev}-${ino}`
  // Not in the folder itself: the path of a socket is cut, in silence, after some 100 bytes.
  return process.platform === 'linux' ? `\0${name}` : join(tmpdir(), name)
}

function tryListen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error) => {
      if (systemCode(cause) === 'EADDRINUSE') resolve(false)
      else reject(new PersonhoodError('store.failed', `no lock at ${path}`, { cause }))
    }
    server.once('error', onError)
    server.listen({ path, exclusive: true }, () => {
      server.off('error', onError)
      resolve(true)
    })
  })
}

/** The holder's process id; "?" where it listens but does not answer; undefined where nobody listens. */
function askHolder(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const client = connect({ path })
    let answer = ''
    const end = (holder: string | undefined) => {
      client.destroy()
      resolve(holder)
    }
    client.setEncoding('utf8').setTimeout(ASK_HOLDER_MS, () => end('?'))
    client.on('data', (text) => {
      answer = (answer + text).slice(0, 20)
    })
    client.on('end', () => end(answer))
    client.on('error', (error) => end(systemCode(error) === 'ECONNREFUSED' ? undefined : '?'))
  })
}

function busy(folder: string, holder: string | undefined): PersonhoodError {
  return new PersonhoodError(
    'store.busy',
    `${folder} is in use by process ${holder ?? '?'}; nothing was touched: stop that process, or give this one a folder of its own`,
  )
}
