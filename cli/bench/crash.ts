import { noCampaign, runCampaign } from '../../bench/crash/campaign.ts'
import { createSystemClock } from '../../runtime/clock.ts'
import { createLog } from '../../runtime/log.ts'
import { Exit, type Io } from '../io.ts'
import { parseUsage, usageError, wholeNumber } from '../usage.ts'

/** Help of `bench crash`. */
export const CRASH_HELP = `personhood bench crash [--minutes M] [--seed N] [--json]
  Kills kiosks, gateway and broker with SIGKILL by chance for M minutes (2), and until 1000 records a
  minute were made: three kiosks without devices, Debian's Mosquitto that keeps nothing on disk, and
  PostgreSQL, which lives. Then every store is read: made = stored, 0 lost, 0 twice and a signed
  receipt for each record, or exit 1. Exit 69 where Mosquitto or PostgreSQL is not installed.
`

const OPTIONS = {
  minutes: { type: 'string', default: '2' },
  seed: { type: 'string', default: '1' },
  json: { type: 'boolean' },
} as const
const RECORDS_A_MINUTE = 1000

/** `personhood bench crash`. */
export async function benchCrash(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseUsage(args, OPTIONS)
  if (positionals.length > 0) throw usageError('bench crash takes options only')
  const minutes = wholeNumber('--minutes', values.minutes, 1, 600)
  const seed = wholeNumber('--seed', values.seed, 0, 2 ** 31)
  const absent = noCampaign()
  if (absent !== false) {
    io.stderr(`${absent}\n`)
    return Exit.unavailable
  }
  const { signal, stderr: write } = io
  const log = createLog({ level: 'warn', write, clock: createSystemClock(), isForPeople: true })
  const report = await runCampaign({
    ...{ minutes, seed, log, signal, records: minutes * RECORDS_A_MINUTE },
    onProgress: (text) => write(text),
  })
  const { made, stored, lost, twice, foreign, receipts, refused, kills } = report
  const killed = Object.entries(kills).map(([part, count]) => `${part} ${count}`)
  io.stdout(
    values.json === true
      ? `${JSON.stringify(report, undefined, 2)}\n`
      : `${made} records made, ${stored} stored, ${lost} lost, ${twice} twice; ${receipts} with a signed receipt
killed: ${killed.join(', ')}; ${report.own_ends} ends of their own
`,
  )
  const isWhole = stored === made && receipts === made
  return isWhole && lost + twice + foreign + refused === 0 ? Exit.ok : Exit.no
}
