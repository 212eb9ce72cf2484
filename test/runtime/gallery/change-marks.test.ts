import t from 'tap'
import {
  disownWrite,
  isErased,
  markWrite,
  newId,
  readIds,
  readMarks,
  removeMarks,
  writeIds,
} from '../../../runtime/gallery/change-marks.ts'
import { GALLERY_TABLE } from '../../../runtime/gallery/gallery-rows.ts'
import { createMemoryStore } from '../../kit/memory-store.ts'

const keysOf = (marks: readonly { readonly key: string }[]) => marks.map(({ key }) => key)

t.test('a store names the snapshots that go with it until it is told that none does', async (t) => {
  const store = createMemoryStore()
  t.equal(await readIds(store), undefined)
  const [current, next] = [newId(), newId()]
  for (const ids of [
    { current: undefined, next },
    { current, next },
    { current, next: undefined },
  ]) {
    await writeIds(store, ids)
    t.same(await readIds(store), ids)
  }
  await store.commit({ writes: [disownWrite()] })
  t.equal(await readIds(store), undefined)
})

t.test('a person who changes again keeps her mark, whoever else is in the batch', async (t) => {
  const store = createMemoryStore()
  const handles = Array.from({ length: 1203 }, (_, n) => `${n}`.padStart(4, '0'))
  await store.commit({ writes: handles.map(markWrite) })
  const read = await readMarks(store)
  t.same(keysOf(read), handles)
  // In the first batch, in the last, and one who came since.
  const again = ['0007', '1202', '1300']
  await store.commit({ writes: again.map(markWrite) })
  await removeMarks(store, read)
  t.same(keysOf(await readMarks(store)), again)
  await removeMarks(store, await readMarks(store))
  t.same(await readMarks(store), [])
})

t.test('who changes again and again has one mark', async (t) => {
  const store = createMemoryStore()
  for (let n = 0; n < 5; n++) await store.commit({ writes: [markWrite('a')] })
  t.same(keysOf(await readMarks(store)), ['a'])
})

t.test('an erasure is durable when the row is gone', async (t) => {
  const store = createMemoryStore()
  const row = { table: GALLERY_TABLE, key: 'a' }
  await store.commit({ writes: [{ ...row, value: Uint8Array.of(1) }] })
  t.notOk(await isErased(store, 'a'))
  await store.commit({ writes: [{ ...row, value: undefined }] })
  t.ok(await isErased(store, 'a'))
})
