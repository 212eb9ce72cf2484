// A match worker as a process of its own: prints "ID" and its name, then each line of its log.
import { writeSync } from 'node:fs'
import { createSystemClock } from '../../../runtime/clock.ts'
import { createLog } from '../../../runtime/log.ts'
import { openMatchWorker } from '../../../runtime/match/worker.ts'
import { placeOptions } from './match-kit.ts'

const [place, leaseMs] = process.argv.slice(2)
if (place === undefined) throw new Error('usage: match-process PLACE LEASE_MS')
const log = createLog({
  level: 'info',
  clock: createSystemClock(),
  isForPeople: false,
  write: (line) => void writeSync(1, line),
})
const worker = await openMatchWorker({
  store: placeOptions(place),
  gallery: { threads: 0 },
  leaseMs: Number(leaseMs),
  pollMs: 200,
  log,
})
writeSync(1, `ID ${worker.id}\n`)
process.once('SIGTERM', () => void worker.close().then(() => process.exit(0)))
