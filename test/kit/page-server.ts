import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

/** As the real server sends it; the pages' own policy is narrower still. */
const POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; object-src 'none'"

const TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/** A page under a prefix, with snapshots as the test scripts them. */
export type MountedPage = {
  /** Folder of dist/web that is served. */
  readonly folder: 'kiosk' | 'gateway' | 'overview'
  /** Where its events and commands are, relative to the prefix. */
  readonly stateUrl?: string
  readonly commandUrl?: string
  readonly frame?: Uint8Array
}

/** Serves pages on 127.0.0.1, pushes snapshots, and keeps the commands that come back. */
export type PageServer = {
  readonly url: string
  /** Sends a snapshot to all who follow `prefix`, and to all who come later. */
  readonly push: (prefix: string, state: unknown) => void
  readonly commands: { prefix: string; body: unknown; key: string | undefined }[]
  /** Answers with this status from now on; 0 cuts the connection without an answer. */
  answer: number
  /** How many follow `prefix` now. */
  readonly followers: (prefix: string) => number
  /** Ends every stream and answers new ones with 502, until it is called with false. */
  readonly cut: (isCut: boolean) => void
  readonly close: () => Promise<void>
}

/** Serves `pages` by prefix, such as `/kiosk/north/`. */
export async function servePages(pages: Record<string, MountedPage>): Promise<PageServer> {
  const states = new Map<string, string>()
  const streams = new Set<{ prefix: string; response: ServerResponse }>()
  const commands: PageServer['commands'] = []
  let isCut = false

  const follow = (prefix: string, response: ServerResponse): void => {
    if (isCut) return void response.writeHead(502).end()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('retry: 1000\n\n')
    const state = states.get(prefix)
    if (state !== undefined) response.write(`data: ${state}\n\n`)
    const stream = { prefix, response }
    streams.add(stream)
    response.on('close', () => streams.delete(stream))
  }

  const take = async (
    prefix: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const key = request.headers['idempotency-key']
    commands.push({
      prefix,
      body: JSON.parse(text),
      key: typeof key === 'string' ? key : undefined,
    })
    if (server.answer === 0) request.socket.destroy()
    else response.writeHead(server.answer).end('{"isTaken":true}')
  }

  for (const { folder } of Object.values(pages)) {
    if (!existsSync(fileOf(folder, 'index.html'))) throw new Error('no pages: npm run build first')
  }
  const http = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const prefix = longestPrefix(Object.keys(pages), path)
    const page = prefix === undefined ? undefined : pages[prefix]
    if (prefix === undefined || page === undefined) return void response.writeHead(404).end()
    const name = path.slice(prefix.length)
    const { stateUrl = 'events', commandUrl = 'commands' } = page
    if (name === stateUrl) return follow(prefix, response)
    if (name === commandUrl) return void take(prefix, request, response)
    if (name === 'frame.png' && page.frame !== undefined) {
      return void response.writeHead(200, { 'content-type': 'image/png' }).end(page.frame)
    }
    void sendFile(page.folder, name === '' ? 'index.html' : name, response)
  })
  await new Promise<void>((resolve) => void http.listen(0, '127.0.0.1', resolve))

  const endStreams = (): void => {
    for (const { response } of streams) response.destroy()
  }
  const server: PageServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    commands,
    answer: 200,
    push: (prefix, state) => {
      const text = JSON.stringify(state)
      states.set(prefix, text)
      for (const stream of streams) {
        if (stream.prefix === prefix) stream.response.write(`data: ${text}\n\n`)
      }
    },
    followers: (prefix) => [...streams].filter((stream) => stream.prefix === prefix).length,
    cut: (value) => {
      isCut = value
      if (value) endStreams()
    },
    close: async () => {
      endStreams()
      http.closeAllConnections()
      await new Promise((resolve) => void http.close(resolve))
    },
  }
  return server
}

/** `/` holds every path, so the longest prefix decides. */
function longestPrefix(prefixes: readonly string[], path: string): string | undefined {
  return prefixes
    .filter((candidate) => path.startsWith(candidate))
    .sort((a, b) => b.length - a.length)[0]
}

async function sendFile(folder: string, name: string, response: ServerResponse): Promise<void> {
  try {
    const body = await readFile(fileOf(folder, name))
    const type = TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
    response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY }).end(body)
  } catch {
    response.writeHead(404).end()
  }
}

/** This file runs from dist/test/kit/. */
function fileOf(folder: string, name: string): string {
  return fileURLToPath(new URL(`../../web/${folder}/${name}`, import.meta.url))
}
