import type { IncomingMessage } from 'node:http'
import { problem, type Reply } from './http-reply.ts'

/**
 * Refuses what another web site may have made a browser send, before anything is read: a Host that
 * is not ours (a name that was bound to our address later), an Origin that is not ours, and a POST
 * that is no JSON (a form needs no permission to be sent across sites, JSON does).
 */
export function refuseRequest(
  request: Pick<IncomingMessage, 'method' | 'headers'>,
  port: number,
  host = '127.0.0.1',
): Reply | undefined {
  const { headers, method } = request
  const names = ['127.0.0.1', 'localhost', '[::1]', host.includes(':') ? `[${host}]` : host]
  const own = names.map((name) => `${name}:${port}`)
  if (port === 80) own.push(...names)
  if (!own.includes(headers.host?.toLowerCase() ?? '')) return refuse('host')
  const { origin } = headers
  if (origin !== undefined && origin !== `http://${headers.host}`) return refuse('origin')
  const site = headers['sec-fetch-site']
  const isOwnSite = site === undefined || site === 'same-origin' || site === 'none'
  if (method === 'GET' || method === 'HEAD') {
    // A link from elsewhere may open a page; it may not read data or frames into another page.
    return isOwnSite || headers['sec-fetch-mode'] === 'navigate' ? undefined : refuse('site')
  }
  if (!isOwnSite) return refuse('site')
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  return type === 'application/json' ? undefined : refuse('content-type', 415)
}

function refuse(what: string, status = 403): Reply {
  return problem(
    status,
    `call.${what}`,
    `refused for its ${what}: open this page by its own address`,
  )
}
