import { createHash } from 'node:crypto'
import { toText } from '../protocol/bytes.ts'
import { PersonhoodError } from '../protocol/errors.ts'
import { type Handler, problem, type Reply } from './http-reply.ts'

/** Does what a command says; what it returns is sent as JSON. */
export type RunCommand = (command: unknown) => unknown

const REMEMBERED = 1000

/**
 * A handler of commands as JSON POSTs. Each carries an `idempotency-key` of its own (16 to 128
 * characters, a UUID for one), so that a page that hears no answer asks again without doing twice:
 * the same key gives the first answer again, with another body it is refused. The last 1000 are
 * remembered, for as long as the process lives.
 */
export function createCommandHandler(run: RunCommand): Handler {
  const remembered = new Map<string, { readonly digest: string; readonly reply: Promise<Reply> }>()
  return (request) => {
    const key = request.headers['idempotency-key']
    if (typeof key !== 'string' || !/^[\x21-\x7e]{16,128}$/.test(key)) {
      return problem(
        400,
        'call.idempotency-key',
        'a command needs an idempotency-key of 16 to 128 characters',
      )
    }
    const digest = createHash('sha256')
      .update(`${request.path}\n`)
      .update(request.body)
      .digest('hex')
    const known = remembered.get(key)
    if (known?.digest === digest) return known.reply
    if (known) return problem(422, 'call.idempotency-key', 'this key came with another command')
    const reply = runOnce(run, request.body)
    remembered.set(key, { digest, reply })
    // What failed may be tried again under the same key.
    reply.catch(() => remembered.delete(key))
    const [oldest] = remembered.keys()
    if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest)
    return reply
  }
}

async function runOnce(run: RunCommand, body: Uint8Array): Promise<Reply> {
  const result = await run(parseJson(body))
  return { status: 200, type: 'application/json', body: JSON.stringify(result ?? null) }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(toText(body))
  } catch (cause) {
    throw new PersonhoodError('bytes.json', 'the body is not JSON', { cause })
  }
}
