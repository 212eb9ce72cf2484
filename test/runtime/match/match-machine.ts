// One gateway machine of a district as far as the search goes: it enrols people, holds shards and
// asks. Prints "ID name", then for each person "n searched known found", found being itself or not.
import { writeSync } from 'node:fs'
import { openShardOracle } from '../../../runtime/match/shard-oracle.ts'
import { openMatchWorker } from '../../../runtime/match/worker.ts'
import { openPostgresStore } from '../../../runtime/postgres/postgres-store.ts'
import { handleOf, probeEyes, referencesOf } from '../../kit/gallery-people.ts'
import { placeOptions, rowsOf } from './match-kit.ts'

const [place, name, first] = process.argv.slice(2)
if (place === undefined || name === undefined) throw new Error('usage: match-machine PLACE NAME N')
const options = placeOptions(place)
const store = await openPostgresStore({ ...options, writer: name })
const local = await openMatchWorker({
  store: options,
  gallery: { threads: 0 },
  leaseMs: 3000,
  pollMs: 200,
})
const oracle = await openShardOracle({ store: options, local, pollMs: 200 })
writeSync(1, `ID ${local.id}\n`)
for (let n = Number(first); ; n++) {
  const person = { handle: handleOf(n), ...probeEyes(10 * n) }
  await store.commit({ writes: rowsOf([person]) })
  const { candidates, coverage } = await oracle.query(referencesOf(person), {
    mode: 'fast',
    deadlineMs: 60_000,
  })
  const isFound = candidates.length === 1 && candidates[0]?.handle === person.handle
  writeSync(1, `${n} ${coverage.searched} ${coverage.known} ${isFound ? 'itself' : 'not'}\n`)
}
