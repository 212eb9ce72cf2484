// Commits until the disk refuses, then prints what happened. Free space is told as plenty before a
// write and as the second argument after it; the third is how many rows a change has.
import { PersonhoodError } from '../../protocol/errors.ts'
import { openLmdbStore } from '../../runtime/lmdb-store.ts'
import { TEST_STORE_KEY } from './lmdb-opener.ts'

const [folder, freeAfter, rows] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: store-filler FOLDER FREE ROWS')
const tables = Array.from({ length: Number(rows) }, (_, i) => `t${i}`)
const value = new Uint8Array(40_000 / tables.length)
let calls = 0
let questions = 0
const store = await openLmdbStore({
  folder,
  key: TEST_STORE_KEY,
  async freeBytes() {
    await new Promise(setImmediate) // as the real question to the system takes a turn, too
    return questions++ === 0 ? 1e12 : Number(freeAfter)
  },
})
let unheard = 0
process.on('unhandledRejection', () => unheard++)
let acknowledged = 0
let code = ''
while (code === '') {
  const key = String(++calls)
  questions = 0
  const writes = tables.map((table) => ({ table, key, value }))
  try {
    await store.commit({ writes })
    acknowledged++
  } catch (error) {
    code = error instanceof PersonhoodError ? error.code : String(error)
  }
}
const readable = (await store.range('t0')).length
await store.close()
await new Promise((resolve) => setTimeout(resolve, 20))
process.stdout.write(JSON.stringify({ code, acknowledged, readable, unheard }))
