// Commits numbered changes of two rows each, four at a time, and prints each number once it is durable.
import { writeSync } from 'node:fs'
import { fromText } from '../../protocol/bytes.ts'
import type { StoreOpener } from './store-contract.ts'

const [opener, place] = process.argv.slice(2)
if (opener === undefined || place === undefined) throw new Error('usage: store-writer OPENER PLACE')
const { openStore }: StoreOpener = await import(opener)
const store = await openStore(place)
let next = (await store.range('left')).length + 1
for (;;) {
  const group = [next++, next++, next++, next++]
  await Promise.all(
    group.map(async (n) => {
      const key = String(n).padStart(8, '0')
      const value = fromText(`${n} `.repeat(100))
      const writes = ['left', 'right'].map((table) => ({ table, key, value }))
      await store.commit({ writes })
      writeSync(1, `${n}\n`)
    }),
  )
}
