import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stdin, stdout } from 'node:process'
import { fromHex, fromText, toText } from '../../protocol/bytes.ts'
import { snapshotIn } from '../../runtime/gallery/snapshot-file.ts'
import { openLmdbStore } from '../../runtime/lmdb-store.ts'
import { seededWords } from '../synthetic-irises.ts'
import { openBenchGallery } from './bench-gallery.ts'
import { strangerProbe } from './population.ts'
import type { Restarted, RestartTask } from './restarts.ts'

/*
 * A process that starts anew on a store, as a gateway does after a restart: how long until its
 * gallery answers, and what it then holds of the machine's memory. It is asked on standard input
 * and answers on standard output, once.
 */

/** Searches before its memory is looked at, so that what a search needs is in it. */
const PROBES = 12

async function restarted({ folder, keyHex, memory, threads }: RestartTask): Promise<Restarted> {
  const start = performance.now()
  const key = fromHex(keyHex)
  const store = await openLmdbStore({ folder: join(folder, 'store'), key })
  const snapshot = snapshotIn(folder, key)
  const gallery = await openBenchGallery(store, { memory, threads, snapshot }, false)
  const loadMs = performance.now() - start
  const words = seededWords(1)
  for (let i = 0; i < PROBES; i++) await gallery.search(strangerProbe(words))
  // What only waits to be collected is not held.
  for (let time = 0; time < 2; time++) globalThis.gc?.()
  const anonymous = anonymousBytes()
  const { size: persons, state } = gallery
  await gallery.close()
  await store.close()
  const held = { persons, loadMs, heldBytes: state.bytes }
  return { ...held, ...(anonymous === undefined ? {} : { anonymousBytes: anonymous }) }
}

function anonymousBytes(): number | undefined {
  try {
    const line = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))
    return line ? 1024 * Number(line[1]) : undefined
  } catch {
    return undefined
  }
}

const chunks: Uint8Array[] = []
for await (const chunk of stdin) chunks.push(chunk as Uint8Array)
const task = JSON.parse(toText(Buffer.concat(chunks))) as RestartTask
stdout.write(fromText(JSON.stringify(await restarted(task))))
