// A kiosk without devices, as a process of its own: the firmware's store, leases, outbox and uplink.
// It enrols made-up persons as fast as its outbox allows, says `made RECORD` once each is durable and
// `settled COUNT` of all its receipts, and once told `stop`, or started to drain, ends with 0 when every record has its receipt.
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { createClosers } from '../../cli/stations/closers.ts'
import { toHex } from '../../protocol/bytes.ts'
import { createSystemClock } from '../../runtime/clock.ts'
import { createLog } from '../../runtime/log.ts'
import { systemTimers } from '../../runtime/timers.ts'
import { openBenchKiosk } from '../bytes/bench-kiosk.ts'
import { randomPeople } from '../bytes/people.ts'
import { seededWords } from '../synthetic-irises.ts'

/** What the process is told, as JSON in its first argument. */
export type CrashKioskOptions = {
  readonly configFile: string
  readonly folder: string
  readonly brokerUrl: string
  readonly seeds: readonly number[]
  /** Records that may wait for a receipt before it makes no more. */
  readonly backlog: number
  readonly isDraining: boolean
}

const LOOK_MS = 20
const LEASE_LOOKS = 50

const options = JSON.parse(process.argv[2] ?? '') as CrashKioskOptions
const { seeds, backlog, ...place } = options
let isStopping = options.isDraining
createInterface({ input: process.stdin }).on('line', (line) => {
  isStopping ||= line === 'stop'
})
const clock = createSystemClock()
const write = (text: string) => void process.stderr.write(text)
const log = createLog({ level: 'error', write, clock, isForPeople: false })
const closers = createClosers(log)
const nowUnix = () => clock.now().unix
const kiosk = await openBenchKiosk(
  { ...place, areTemplatesCoded: false, log, timers: systemTimers, nowUnix },
  closers,
)
const tell = () => void process.stdout.write(`settled ${kiosk.outbox.receipts}\n`)
kiosk.outbox.onChange(tell)
const people = randomPeople(seededWords(...seeds))
let looks = 0
while (!isStopping || kiosk.outbox.waiting.length > 0) {
  const mayEnrol = !isStopping && kiosk.outbox.waiting.length < backlog && kiosk.leases.left > 0
  if (mayEnrol) {
    const { record } = await kiosk.enrol(people.next().value)
    process.stdout.write(`made ${toHex(record)}\n`)
  }
  // An answer with a lease may be lost as anything else.
  if (looks++ % LEASE_LOOKS === 0) kiosk.checkLeases()
  await delay(mayEnrol ? 0 : LOOK_MS)
}
await closers.close()
process.exit(0)
