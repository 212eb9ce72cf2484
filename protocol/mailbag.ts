import { sha256 } from '@noble/hashes/sha2.js'
import { concat, equalBytes, fromText } from './bytes.ts'
import { PersonhoodError } from './errors.ts'

/** What a mailbag holds: a signed envelope, or a signed document that a gateway tells everyone. */
export type MailKind = 'letter' | 'trust' | 'status'

/** One piece of mail as it would have gone over the line. */
export type Mail = { readonly kind: MailKind; readonly bytes: Uint8Array }

/** How a mailbag ended, and how many pieces of mail were read before. */
export type MailbagEnd = {
  readonly pieces: number
  /** `cut`: the file ends early; `damaged`: what follows is not what was written. */
  readonly end: 'whole' | 'cut' | 'damaged'
}

/** Writes a mailbag piece by piece. */
export type MailbagWriter = {
  readonly head: Uint8Array
  piece(mail: Mail): Uint8Array
  end(): Uint8Array
}

/** docs/protocol.md §12: what the line would carry, as a file that is carried by hand. */
const MAGIC = fromText('personhood mail 1\n')
const KINDS: Readonly<Record<MailKind, number>> = { letter: 1, trust: 2, status: 3 }
const END = 0
const END_BYTES = 32
/** An envelope; a trust list (docs/protocol.md §1); a status list of 16,384 bytes and its claims. */
const MAX_BYTES: Readonly<Record<MailKind, number>> = {
  letter: 65_536,
  trust: 4 * 1024 * 1024,
  status: 65_536,
}
const HEAD_BYTES = 5

/** Begins a mailbag. Its end has a digest of all before it: a copy that was cut short shows. */
export function writeMailbag(): MailbagWriter {
  const digest = sha256.create().update(MAGIC)
  const framed = (kind: number, bytes: Uint8Array): Uint8Array => {
    const head = new Uint8Array(HEAD_BYTES)
    head[0] = kind
    new DataView(head.buffer).setUint32(1, bytes.length)
    return concat(head, bytes)
  }
  return {
    head: MAGIC.slice(),
    piece({ kind, bytes }) {
      if (bytes.length > MAX_BYTES[kind]) {
        throw new PersonhoodError('call.mail', `${bytes.length} bytes are no ${kind}`)
      }
      const piece = framed(KINDS[kind], bytes)
      digest.update(piece)
      return piece
    },
    end: () => framed(END, digest.digest()),
  }
}

/**
 * Reads a mailbag as it comes, one piece in memory at a time: each that is whole, then how it ended.
 * Throws `bytes.mailbag` where it does not begin as one. A piece proves itself by its signature.
 */
export async function* readMailbag(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Mail, MailbagEnd> {
  const take = reader(source)
  const magic = await take(MAGIC.length)
  if (magic === undefined || !equalBytes(magic, MAGIC)) {
    throw new PersonhoodError('bytes.mailbag', 'does not begin as a file of personhood queue does')
  }
  const digest = sha256.create().update(MAGIC)
  for (let pieces = 0; ; pieces++) {
    const next = await nextPiece(take)
    if (next === 'cut' || next === 'damaged') return { pieces, end: next }
    if ('digest' in next) {
      const isLast = equalBytes(next.digest, digest.digest()) && (await take(1)) === undefined
      return { pieces, end: isLast ? 'whole' : 'damaged' }
    }
    digest.update(next.head).update(next.bytes)
    yield { kind: next.kind, bytes: next.bytes }
  }
}

type Take = (length: number) => Promise<Uint8Array | undefined>
type Piece = Mail & { readonly head: Uint8Array }

async function nextPiece(
  take: Take,
): Promise<Piece | { readonly digest: Uint8Array } | 'cut' | 'damaged'> {
  const head = await take(HEAD_BYTES)
  if (head === undefined) return 'cut'
  const length = new DataView(head.buffer, head.byteOffset).getUint32(1)
  const kind = kindOf(head[0])
  const most = kind === undefined ? END_BYTES : MAX_BYTES[kind]
  const isEnd = head[0] === END && length === END_BYTES
  if (length > most || (kind === undefined && !isEnd)) return 'damaged'
  const bytes = await take(length)
  if (bytes === undefined) return 'cut'
  return kind === undefined ? { digest: bytes } : { head, kind, bytes }
}

function kindOf(code: number | undefined): MailKind | undefined {
  return (Object.keys(KINDS) as MailKind[]).find((kind) => KINDS[kind] === code)
}

/** Takes exactly so many bytes of a source; `undefined` where it ends before. */
function reader(source: AsyncIterable<Uint8Array>): Take {
  const iterator = source[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array()
  return async (length) => {
    const parts = [rest]
    let there = rest.length
    while (there < length) {
      const next = await iterator.next()
      if (next.done === true) return undefined
      parts.push(next.value)
      there += next.value.length
    }
    const all = parts.length === 1 ? rest : concat(...parts)
    rest = all.subarray(length)
    return all.slice(0, length)
  }
}
