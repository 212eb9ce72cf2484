import type { GatewayConfig } from '../../gateway/config.ts'
import { createSystemClock } from '../../runtime/clock.ts'
import { createLog } from '../../runtime/log.ts'
import { endOf } from '../end-of.ts'
import { Exit, type Io } from '../io.ts'
import { openMatchStation } from '../stations/match-station.ts'

/** Holds shards of a district's gallery until Ctrl-C or SIGTERM; prints its name in the table of leases. */
export async function runMatchRole(options: {
  readonly config: GatewayConfig
  readonly folder: string
  readonly isVerbose: boolean
  readonly io: Io
}): Promise<number> {
  const { config, folder, isVerbose, io } = options
  const level = isVerbose ? 'info' : 'warn'
  const clock = createSystemClock()
  const log = createLog({ level, write: io.stderr, clock, isForPeople: io.isTty })
  const ended = endOf(io.signal)
  const worker = await openMatchStation({ config, folder, log })
  try {
    io.stdout(`match worker ${worker.id}\n`)
    await ended.wait
    return Exit.ok
  } finally {
    await worker.close()
  }
}
