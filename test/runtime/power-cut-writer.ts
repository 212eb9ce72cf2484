// One way of writing, as a process of its own; says in the marks what it was told is done.
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { open as openLmdb } from 'lmdb'
import { writeFileAtomic } from '../../runtime/atomic-file.ts'
import { snapshotIn, writeSnapshot } from '../../runtime/gallery/snapshot-file.ts'
import { openFileKeyStore } from '../../runtime/key-store.ts'
import { markStore, openMarker } from '../kit/power-cut/marked-store.ts'
import { openStore, TEST_STORE_KEY } from './lmdb-opener.ts'

const [way, root = ''] = process.argv.slice(2)
const mark = openMarker(root)
const at = (name: string) => join(root, name)
const text = (version: number) => `version ${version} `.repeat(400)

const WAYS: { readonly [way: string]: () => Promise<void> } = {
  async store() {
    const inner = await openStore(at('store'))
    mark('open')
    const store = markStore(inner, mark)
    const put = (key: string, bytes: number) => ({ table: 't', key, value: new Uint8Array(bytes) })
    await store.commit({ writes: [put('first', 10)] })
    await store.commit({ writes: [put('a', 6000), put('b', 100)] })
    // Together, so that one sync is for all; more than LMDB writes at once.
    await Promise.all(
      [1, 2, 3].map((i) => store.commit({ writes: [put(`large-${i}`, 9000), put(`n-${i}`, i)] })),
    )
    await store.commit({ writes: [{ table: 't', key: 'a', value: undefined }, put('b', 5000)] })
    await store.commit({ writes: [put('last', 1)] })
    await inner.close()
  },
  async unsynced() {
    const db = openLmdb(at('store'), { encoding: 'binary', noSync: true, noSubdir: false })
    for (const i of [1, 2, 3, 4]) {
      await db.put(`k${i}`, Buffer.alloc(100))
      mark(i)
    }
    await db.close()
  },
  async atomic() {
    for (const version of [1, 2, 3]) {
      await writeFileAtomic(at('file'), new TextEncoder().encode(text(version)))
      mark(text(version))
    }
  },
  async careless() {
    for (const version of [1, 2, 3]) {
      writeFileSync(at('file.new'), text(version))
      renameSync(at('file.new'), at('file'))
      mark(text(version))
    }
  },
  async key() {
    const keys = await openFileKeyStore(at('keys'))
    mark('open')
    await keys.save('first', new Uint8Array(32).fill(1))
    mark('first')
    await keys.save('second', new Uint8Array(32).fill(2))
    mark('second')
  },
  async snapshot() {
    const place = snapshotIn(root, TEST_STORE_KEY)
    for (const version of [1, 2]) {
      const id = new Uint8Array(16).fill(version)
      const bytes = new Uint8Array(5000).fill(version)
      await writeSnapshot(place, id, [
        { kind: 'head', bytes },
        { kind: 'slab', bytes },
      ])
      mark(version)
    }
  },
}
await WAYS[way ?? '']?.()
