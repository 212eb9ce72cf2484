import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parseKioskConfig } from '../../firmware/config.ts'
import type { AnswersTaken } from '../../firmware/relay/by-hand.ts'
import { parseGatewayConfig } from '../../gateway/config.ts'
import type { HandTally } from '../../gateway/ingest/by-hand.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { createSystemClock } from '../../runtime/clock.ts'
import { askControl } from '../../runtime/control.ts'
import { createLog } from '../../runtime/log.ts'
import { type Command, Exit } from '../io.ts'
import { parseUsage, usageError } from '../usage.ts'
import { checkCarried, placeOf, readCarried, writeCarried } from './carried-file.ts'
import { type KioskDesk, kioskDesk, type QueueStatus } from './kiosk-desk.ts'
import { answersText, statusText, tallyText } from './words.ts'

/** `personhood queue`. */
export const queueCommand: Command = {
  name: 'queue',
  summary: 'carry what waits on a kiosk to its district on a stick, and the receipts back',
  help: `personhood queue status --config kiosk.toml [--json]
  What waits on the kiosk, and since when.
personhood queue export --config kiosk.toml DIR|FILE [--json]
  Writes all that waits into a file, sealed and signed as over the line. It stays on the kiosk, too,
  until its receipts come back. The file is valid for 90 days.
personhood queue import --config gateway.toml FILE [--answers DIR|FILE] [--json]
  At the gateway, which must run: takes the file in and writes the answers (receipts, final
  credentials, leases, trust and status lists) into a file; FILE.answers unless told.
personhood queue import --config kiosk.toml FILE [--json]
  At the kiosk: takes the answers. What has a receipt leaves the kiosk, and nothing else.
  Kiosk commands work while the kiosk runs and while it does not. Each may be repeated: a record
  counts once. Exit 0 done, 1 where something is left to do (it says what), 69 no gateway runs.
`,
  async run(args, io) {
    const { values, positionals } = parseUsage(args, {
      config: { type: 'string' },
      answers: { type: 'string' },
      json: { type: 'boolean' },
    })
    const [act, path, ...more] = positionals
    const isKnown = act === 'status' || act === 'export' || act === 'import'
    const hasPath = (path !== undefined) === (act !== 'status')
    if (!isKnown || !hasPath || more.length > 0 || values.config === undefined) {
      throw usageError('what? queue status|export|import --config FILE [DIR|FILE]')
    }
    const file = resolve(io.cwd, values.config)
    const toml = await readFile(file, 'utf8')
    const say = (report: unknown, text: string): void =>
      io.stdout(values.json === true ? `${JSON.stringify(report)}\n` : text)
    const target = resolve(io.cwd, path ?? '.')
    if (!isKioskToml(toml)) {
      if (act !== 'import') throw usageError(`${file} is a gateway's: queue ${act} is for a kiosk`)
      const config = parseGatewayConfig(toml, file)
      const data = resolve(dirname(file), config.data)
      const place =
        values.answers === undefined ? `${target}.answers` : resolve(io.cwd, values.answers)
      return importAtGateway({ data, station: config.station }, target, place, say)
    }
    const config = parseKioskConfig(toml, file)
    const write = io.stderr
    const log = createLog({
      level: 'error',
      write,
      clock: createSystemClock(),
      isForPeople: io.isTty,
    })
    const ask = kioskDesk(config, dirname(file), log)
    if (act === 'status') {
      const status = await ask<QueueStatus>('status')
      say(status, statusText(status))
      return Exit.ok
    }
    if (act === 'export') return exportAtKiosk(ask, config.station, target, say)
    return importAtKiosk(ask, config.station, target, say)
  },
}

type Say = (report: unknown, text: string) => void

/** Only a kiosk's path has a stroke in it; all else about the file is said by its own parser. */
function isKioskToml(toml: string): boolean {
  return /^\s*station\s*=\s*["'][^"'\n]*\//m.test(toml)
}

async function exportAtKiosk(
  ask: KioskDesk,
  station: string,
  target: string,
  say: Say,
): Promise<Exit> {
  const path = await placeOf(target, station, new Date())
  const bytes = await writeCarried(path, async (write) => {
    let length = 0
    await ask('export', undefined, async (piece) => {
      length += piece.length
      await write(piece)
    })
    return length
  })
  const { pieces } = await checkCarried(path)
  const { queued } = await ask<QueueStatus>('status')
  say(
    { file: path, letters: pieces, bytes, queued },
    `${path}: ${pieces} letters, ${bytes} bytes, read back and whole.
${queued} records stay on the kiosk until their receipts are back. Next, at the gateway of the district:
  personhood queue import --config gateway.toml ${path}
`,
  )
  return Exit.ok
}

async function importAtKiosk(
  ask: KioskDesk,
  station: string,
  source: string,
  say: Say,
): Promise<Exit> {
  const taken = await ask<AnswersTaken>('import', await readCarried(source))
  say(taken, answersText(taken, station, source))
  const isClean = taken.end === 'whole' && taken.unknown === 0
  return isClean && Object.keys(taken.elsewhere).length === 0 ? Exit.ok : Exit.no
}

async function importAtGateway(
  { data, station }: { readonly data: string; readonly station: string },
  source: string,
  target: string,
  say: Say,
): Promise<Exit> {
  const mail = await readCarried(source)
  const place = await placeOf(target, station, new Date())
  const asked = await writeCarried(place, async (write) => {
    const answer = await askControl<HandTally>(data, 'import', mail, write)
    if (answer !== undefined) return answer.value
    throw new PersonhoodError(
      'link.no-gateway',
      `no gateway runs on ${data}: start it (personhood gateway --config FILE), then give this command again; nothing was taken`,
    )
  })
  say({ ...asked, answers: place }, tallyText(asked, station, source, place))
  const { end, held, unknown, refused, elsewhere } = asked
  const isClean = end === 'whole' && held === 0 && unknown === 0
  return isClean && Object.keys({ ...refused, ...elsewhere }).length === 0 ? Exit.ok : Exit.no
}
