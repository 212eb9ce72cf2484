// Commits until the disk refuses, then prints what happened. Free space is told as plenty before a
// write and as the second argument after it.
import { PersonhoodError } from '../../protocol/errors.ts'
import { openLmdbStore } from '../../runtime/lmdb-store.ts'
import { TEST_STORE_KEY } from './lmdb-opener.ts'

const [folder, freeAfter] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: store-filler FOLDER FREE')
const value = new Uint8Array(20_000)
let calls = 0
let questions = 0
const store = await openLmdbStore({
  folder,
  key: TEST_STORE_KEY,
  freeBytes: async () => (questions++ === 0 ? 1e12 : Number(freeAfter)),
})
let acknowledged = 0
let code = ''
while (code === '') {
  const key = String(++calls)
  questions = 0
  const writes = ['left', 'right'].map((table) => ({ table, key, value }))
  try {
    await store.commit({ writes })
    acknowledged++
  } catch (error) {
    code = error instanceof PersonhoodError ? error.code : String(error)
  }
}
const readable = (await store.range('left')).length
process.stdout.write(JSON.stringify({ code, acknowledged, readable }))
await store.close()
