import { setMaxListeners } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hasCode, PersonhoodError } from '../protocol/errors.ts'
import type { Assets } from './http-assets.ts'
import { refuseRequest } from './http-guard.ts'
import { type Handler, type Outlet, problem, type Reply, type Routes } from './http-reply.ts'
import { systemCode } from './system-code.ts'

/** What a server is started with. */
export type HttpOptions = {
  readonly routes: Routes
  readonly assets?: Assets
  /** 127.0.0.1 unless told. */
  readonly host?: string
  /** The first port to try; 0 takes any free one. */
  readonly port: number
  /** 64 kB unless told. */
  readonly maxBodyBytes?: number
  /** Told of an error that is no refusal, for the log. */
  readonly onFault?: (error: unknown) => void
}

/** A server that listens. */
export type HttpServer = {
  readonly url: string
  readonly port: number
  /** The port that was asked for and taken by another, or undefined. */
  readonly takenPort: number | undefined
  /** Ends streams and connections. */
  close(): Promise<void>
}

const PORTS_TRIED = 50
const MAX_BODY_BYTES = 65_536
const MAX_CONNECTIONS = 256
/**
 * Longer than a busy station takes to come back to its connections: at the end of a shorter time it
 * would reset one on which the next request already waits. A browser closes it before that.
 */
const KEEP_ALIVE_MS = 75_000

/** Sent with every answer: nothing but our own files, in no other site's frame, read by no other site. */
const HEADERS = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; object-src 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const

/** Starts a server; where the port is taken it goes on to the next that is free. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { host = '127.0.0.1', port } = options
  const closing = new AbortController()
  setMaxListeners(0, closing.signal) // one for each stream
  const server = createServer({
    requestTimeout: 30_000,
    headersTimeout: 10_000,
    keepAliveTimeout: KEEP_ALIVE_MS,
  })
  server.maxConnections = MAX_CONNECTIONS
  const address = await listenFrom(server, host, port)
  server.on('request', (request, response) => {
    void serve(options, address.port, closing.signal, request, response)
  })
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    takenPort: port !== 0 && port !== address.port ? port : undefined,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      closing.abort()
      server.closeIdleConnections()
      // A turn for the streams' last words, then nobody holds the server open.
      setImmediate(() => server.closeAllConnections())
      await closed
    },
  }
}

async function serve(
  options: HttpOptions,
  port: number,
  closing: AbortSignal,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on('error', () => undefined) // the other end is gone; there is nobody to tell
  let reply: Reply
  try {
    reply = refuseRequest(request, port, options.host) ?? (await answer(options, request))
  } catch (error) {
    reply = problemOf(error)
    if (reply.status === 500) options.onFault?.(error)
  }
  send(request, response, reply, closing)
}

async function answer(options: HttpOptions, request: IncomingMessage): Promise<Reply> {
  const method = request.method ?? 'GET'
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2)
  const wanted = method === 'HEAD' ? 'GET' : method
  const found = route(options.routes, wanted, path)
  if (found === undefined) {
    const asset = wanted === 'GET' ? options.assets?.get(path) : undefined
    if (asset) return { status: 200, type: asset.type, body: asset.bytes }
    const others = ['GET', 'POST'].filter((other) => route(options.routes, other, path))
    if (others.length === 0) return problem(404, 'call.path', `there is nothing at ${path}`)
    return {
      ...problem(405, 'call.method', `not with ${method}`),
      headers: { allow: others.join() },
    }
  }
  const body = await readBody(request, options.maxBodyBytes ?? MAX_BODY_BYTES)
  const { headers } = request
  const { handler, rest } = found
  return handler({ method, path, rest, query: new URLSearchParams(query), headers, body })
}

function route(
  routes: Routes,
  method: string,
  path: string,
): { readonly handler: Handler; readonly rest: string } | undefined {
  const table: ReadonlyMap<string, Handler> = new Map(Object.entries(routes))
  const exact = table.get(`${method} ${path}`)
  if (exact) return { handler: exact, rest: '' }
  for (let end = path.lastIndexOf('/'); end >= 0; end = path.lastIndexOf('/', end - 1)) {
    const handler = table.get(`${method} ${path.slice(0, end)}/*`)
    if (handler) return { handler, rest: path.slice(end + 1) }
    if (end === 0) break
  }
  return undefined
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let lengthBytes = 0
  // Not destroyed where it is too long: the answer goes over the same socket.
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    lengthBytes += part.length
    if (lengthBytes > maxBytes) {
      throw new PersonhoodError('bytes.too-long', `a body has at most ${maxBytes} bytes`)
    }
    parts.push(part)
  }
  return Uint8Array.from(Buffer.concat(parts))
}

/** What the peer sent wrong is told to it; what went wrong here is for the log. */
function problemOf(error: unknown): Reply {
  if (hasCode(error, 'bytes.too-long')) return problem(413, error.code, error.message)
  if (hasCode(error, 'bytes') || hasCode(error, 'call'))
    return problem(400, error.code, error.message)
  return problem(500, 'fault', 'this could not be done; the log of this machine says why')
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  closing: AbortSignal,
): void {
  const { status, type, headers, body = '', stream } = reply
  const isWhole = stream === undefined
  response.writeHead(status, {
    ...HEADERS,
    ...(type === undefined ? {} : { 'content-type': type }),
    ...(isWhole ? { 'content-length': Buffer.byteLength(body) } : {}),
    // What was refused before its body was read must not be read as the next request.
    ...(request.complete ? {} : { connection: 'close' }),
    ...headers,
  })
  if (request.method === 'HEAD') response.end()
  else if (isWhole) response.end(body)
  else stream(outletOf(response, closing))
}

function outletOf(response: ServerResponse, closing: AbortSignal): Outlet {
  const closed = new AbortController()
  const end = () => {
    closed.abort()
    response.end()
  }
  closing.addEventListener('abort', end, { once: true })
  response.on('close', () => {
    closing.removeEventListener('abort', end)
    closed.abort()
  })
  response.flushHeaders()
  return {
    write: (text) => response.writableEnded || response.write(text),
    onDrain: (listener) => void response.once('drain', listener),
    end,
    closed: closed.signal,
  }
}

async function listenFrom(server: Server, host: string, first: number): Promise<AddressInfo> {
  const last = first === 0 ? 0 : Math.min(first + PORTS_TRIED - 1, 65_535)
  for (let port = first; port <= last; port++) {
    const address = await tryListen(server, host, port)
    if (address) return address
  }
  throw new PersonhoodError(
    'link.port',
    `ports ${first} to ${last} of ${host} are all taken: stop what uses them, or choose another port`,
  )
}

function tryListen(server: Server, host: string, port: number): Promise<AddressInfo | undefined> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error) => {
      if (systemCode(cause) === 'EADDRINUSE') resolve(undefined)
      else reject(new PersonhoodError('link.port', `cannot listen at ${host}:${port}`, { cause }))
    }
    server.once('error', onError)
    server.listen({ host, port }, () => {
      server.off('error', onError)
      resolve(server.address() as AddressInfo)
    })
  })
}
