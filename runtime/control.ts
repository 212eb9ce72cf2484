import { randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fromText } from '../protocol/bytes.ts'
import { PersonhoodError } from '../protocol/errors.ts'
import { writeFileAtomic } from './atomic-file.ts'
import { folderSocket } from './folder-lock.ts'
import { systemCode } from './system-code.ts'

/** What a running station does for a command of its owner: bytes in, bytes out, and a JSON value at the end. */
export type ControlAct = (source: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array, unknown>

/** Acts by name. */
export type ControlActs = { readonly [name: string]: ControlAct }

/** Holds the secret that an owner's command shows; mode 0600. */
const TOKEN_FILE = 'control.token'
const SUMMARY = 'x-summary'
const FAULT = 'x-fault'

/**
 * Listens for commands about the station whose data are in `folder`, until closed: the store has one
 * owner, so whoever wants something of it asks that process. Only who can read the folder may.
 */
export async function listenForControl(
  folder: string,
  acts: ControlActs,
): Promise<{ close(): Promise<void> }> {
  const token = randomBytes(32).toString('hex')
  await writeFileAtomic(join(folder, TOKEN_FILE), fromText(token))
  // No time limit: a month's outbox from a slow stick takes minutes.
  const server = createServer({ requestTimeout: 0 }, (incoming, response) => {
    const act = isOwner(incoming, token) ? acts[incoming.url?.slice(1) ?? ''] : undefined
    response.on('error', () => undefined)
    if (act === undefined) return void response.writeHead(404).end()
    response.writeHead(200, { trailer: `${SUMMARY}, ${FAULT}` })
    void answer(act(incoming), {
      write: (bytes) =>
        new Promise((resolve, reject) => {
          response.write(bytes, (error) => (error ? reject(error) : resolve()))
        }),
      end(trailers) {
        response.addTrailers(trailers)
        response.end()
      },
    })
  })
  const address = await folderSocket(folder, 'control')
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address, resolve)
  })
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/**
 * Asks the process that has the folder; `undefined` where none runs. `take` gets the bytes as they
 * come; resolves to the act's value. Throws what the act threw.
 */
export async function askControl<T>(
  folder: string,
  act: string,
  source: AsyncIterable<Uint8Array>,
  take: (bytes: Uint8Array) => Promise<void>,
): Promise<{ readonly value: T } | undefined> {
  const socketPath = await folderSocket(folder, 'control').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  })
  if (socketPath === undefined) return undefined
  const token = await readFile(join(folder, TOKEN_FILE), 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  })
  if (token === undefined) return undefined
  const response = await post({ socketPath, path: `/${act}`, token }, source)
  if (response === undefined) return undefined
  for await (const bytes of response) await take(bytes)
  if (response.statusCode !== 200) throw gone(`the station does not know ${act}`)
  const { [SUMMARY]: summary, [FAULT]: fault } = response.trailers
  if (fault !== undefined) throw faultFrom(fault)
  if (summary === undefined) throw gone('the station ended meanwhile')
  return { value: JSON.parse(decodeURIComponent(summary)) as T }
}

/** No bytes. */
export async function* nothing(): AsyncGenerator<Uint8Array, void> {}

function isOwner({ headers, method }: IncomingMessage, token: string): boolean {
  const given = Buffer.from(headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return method === 'POST' && given.length === wanted.length && timingSafeEqual(given, wanted)
}

async function answer(
  act: AsyncGenerator<Uint8Array, unknown>,
  response: {
    write(bytes: Uint8Array): Promise<void>
    end(trailers: { readonly [name: string]: string }): void
  },
): Promise<void> {
  try {
    let next = await act.next()
    for (; next.done !== true; next = await act.next()) await response.write(next.value)
    response.end({ [SUMMARY]: encodeURIComponent(JSON.stringify(next.value ?? null)) })
  } catch (error) {
    const code = error instanceof PersonhoodError ? error.code : 'call.fault'
    const message = error instanceof Error ? error.message : String(error)
    response.end({ [FAULT]: encodeURIComponent(JSON.stringify({ code, message })) })
  }
}

function faultFrom(text: string): PersonhoodError {
  const { code, message } = JSON.parse(decodeURIComponent(text))
  return new PersonhoodError(code, message)
}

function post(
  to: { readonly socketPath: string; readonly path: string; readonly token: string },
  source: AsyncIterable<Uint8Array>,
): Promise<IncomingMessage | undefined> {
  return new Promise((resolve, reject) => {
    const { socketPath, path, token } = to
    const headers = { authorization: `Bearer ${token}` }
    const outgoing = request({ socketPath, path, method: 'POST', headers }, resolve)
    outgoing.on('error', (cause) => {
      const code = systemCode(cause)
      // What a killed process left behind: its token, or outside Linux its socket.
      if (code === 'ECONNREFUSED' || code === 'ENOENT') resolve(undefined)
      else reject(gone('the station ended meanwhile', cause))
    })
    Readable.from(source)
      .on('error', (error) => outgoing.destroy(error))
      .pipe(outgoing)
  })
}

function gone(why: string, cause?: unknown): PersonhoodError {
  return new PersonhoodError('link.down', `${why}: nothing is lost, ask again`, { cause })
}
