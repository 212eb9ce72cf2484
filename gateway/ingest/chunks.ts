import { toHex } from '../../protocol/bytes.ts'
import {
  CHUNKS_WANTED,
  type Chunk,
  chunkSchema,
  chunksWantedSchema,
  isOfOneBody,
  joinChunks,
  missingOf,
} from '../../protocol/messages/chunk.ts'
import { decodeRecord, encodeRecord } from '../../protocol/schema.ts'
import { type Entry, under } from '../../runtime/store.ts'
import { type IngestContext, now } from '../context.ts'
import { type ChunkRow, chunkKey, chunkRow, TABLES } from '../records/rows.ts'
import type { Letter } from '../voice.ts'
import { tryDecode } from './decode.ts'
import type { Handler } from './intake.ts'
import { type Request, refusal } from './reply.ts'

/** What takes a record that is whole again, and how the gateway asks for what is missing. */
export type AssemblyPorts = {
  readonly whole: ReadonlyMap<string, Handler>
  readonly answer: (letter: Letter) => void
  readonly onError: (error: unknown) => void
}

/** Records of one kiosk that may be in parts at once, 60 KB each; the oldest makes place. */
export const MAX_PARTIAL_RECORDS = 16
/** So long parts are kept after the last of them came: a kiosk is back on its line within minutes. */
export const KEEP_PARTS_S = 3600
/** A line of 20 kbit/s needs 2 s for a chunk and stalls for 3 s: after this nothing is on its way. */
export const QUIET_MS = 20_000
/** Records that are asked for at once; the others come again by their kiosks' own waits. */
const MAX_ASKED = 1000

type Part = ChunkRow & { readonly key: string }

/**
 * The handler of chunks. They rest in the store, so that they outlive this process and meet whoever
 * of several took them in; with the last one the record is taken as if it had come whole, and its
 * receipt is for the whole. Where they stop coming, the kiosk hears once which are missing.
 */
export function createAssembly(context: IngestContext, ports: AssemblyPorts): Handler {
  const { ledger, store, timers } = context
  const quiet = new Map<string, () => void>()

  function askLater(prefix: string, request: Request): void {
    quiet.get(prefix)?.()
    if (!quiet.has(prefix) && quiet.size >= MAX_ASKED) return
    const cancel = timers.after(QUIET_MS, () => {
      quiet.delete(prefix)
      ask(prefix, request).catch(ports.onError)
    })
    quiet.set(prefix, cancel)
  }
  async function ask(prefix: string, { opened, correlation }: Request): Promise<void> {
    if (context.stopping.aborted) return
    const chunks = (await store.range(TABLES.chunks, under(prefix))).map(
      (entry) => partOf(entry).chunk,
    )
    const [first] = chunks
    const indices = first === undefined ? [] : missingOf(chunks, first.count)
    if (first === undefined || indices.length === 0) return
    const body = encodeRecord(chunksWantedSchema, { digest: first.digest, indices })
    ports.answer({ to: opened.sender.station, type: CHUNKS_WANTED, body, correlation })
  }

  return async (sender, request) => {
    const { opened, correlation } = request
    const chunk = tryDecode(chunkSchema, opened.body)
    if (chunk === undefined) return refusal(correlation, 'malformed')
    const handle = ports.whole.get(chunk.type)
    if (handle === undefined) return refusal(correlation, 'unknown-type')
    const kiosk = opened.sender.station
    const prefix = chunkKey(kiosk, toHex(correlation))
    const keyOf = (index: number) => chunkKey(kiosk, toHex(correlation), index)
    const look = async () =>
      sort(await store.range(TABLES.chunks, under(`${kiosk}/`)), {
        ...{ prefix, chunk, nowUnix: now(context) },
      })
    // In the change, for others may come in at the same moment, here or in another process.
    const { chunks, stale } = await ledger.change(async (draft) => {
      const found = await look()
      const there = found.parts.map((part) => part.chunk)
      const isWhole = missingOf([...there, chunk], chunk.count).length === 0
      if (!isWhole) {
        for (const key of found.stale) draft.delete(TABLES.chunks, key)
        draft.set(TABLES.chunks, keyOf(chunk.index), chunkRow, { received: now(context), chunk })
      }
      return { chunks: [...there, chunk], stale: found.stale }
    })
    if (missingOf(chunks, chunk.count).length > 0) {
      askLater(prefix, request)
      return undefined
    }
    quiet.get(prefix)?.()
    quiet.delete(prefix)
    const others = chunks.filter((other) => other.index !== chunk.index)
    const body = joinChunks([...others, chunk])
    const reply =
      body === undefined
        ? refusal(correlation, 'malformed')
        : await handle(sender, { opened: { ...opened, type: chunk.type, body }, correlation })
    // Held without an answer it will come again: what is here need not.
    if (reply !== undefined) {
      await ledger.change((draft) => {
        const held = chunks.map(({ index }) => keyOf(index))
        for (const key of [...stale, ...new Set(held)]) draft.delete(TABLES.chunks, key)
      })
    }
    return reply
  }
}

/** A kiosk's parts: those of this body, and the keys of what is too old, too much, or of another sealing. */
function sort(
  entries: readonly Entry[],
  now: { readonly prefix: string; readonly chunk: Chunk; readonly nowUnix: number },
): { readonly parts: readonly Part[]; readonly stale: readonly string[] } {
  const all = entries.map(partOf)
  const isOwn = ({ key }: Part) => key.startsWith(now.prefix)
  const isFresh = ({ received }: Part) => received + KEEP_PARTS_S >= now.nowUnix
  const parts = all.filter(
    (part) => isOwn(part) && isFresh(part) && isOfOneBody(part.chunk, now.chunk),
  )
  const kept = new Set(newestRecords(all.filter((part) => !isOwn(part) && isFresh(part))))
  const stale = all.filter((part) => !parts.includes(part) && !kept.has(recordOf(part)))
  return { parts, stale: stale.map(({ key }) => key) }
}

/** The records of these parts that came last, one less than may be in parts at once. */
function newestRecords(parts: readonly Part[]): readonly string[] {
  const last = new Map<string, number>()
  for (const part of parts) {
    const record = recordOf(part)
    last.set(record, Math.max(last.get(record) ?? 0, part.received))
  }
  return [...last]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MAX_PARTIAL_RECORDS - 1)
    .map(([record]) => record)
}

function recordOf({ key }: Part): string {
  return key.slice(0, key.lastIndexOf('/') + 1)
}

function partOf({ key, value }: Entry): Part {
  return { key, ...decodeRecord(chunkRow, value) }
}
