import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'

/** A whole answer. */
export type Answer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** One request to 127.0.0.1 with exactly these headers; a browser's are the caller's to add. */
export function ask(
  port: number,
  options: {
    readonly method?: string
    readonly path: string
    readonly headers?: OutgoingHttpHeaders
    readonly body?: string | Uint8Array
  },
): Promise<Answer> {
  const { method = 'GET', path, headers = {}, body } = options
  return new Promise((resolve, reject) => {
    const out = request({ host: '127.0.0.1', port, method, path, headers, agent: false })
    out.on('error', reject)
    out.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part) => {
        text += part
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      )
    })
    out.end(body)
  })
}

/** A POST of JSON, as our page sends it. */
export function post(
  port: number,
  path: string,
  body: string,
  headers: OutgoingHttpHeaders = {},
): Promise<Answer> {
  const own = { 'content-type': 'application/json', origin: `http://127.0.0.1:${port}` }
  return ask(port, { method: 'POST', path, body, headers: { ...own, ...headers } })
}
