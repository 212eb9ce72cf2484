import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openWorld, type World, type WorldStation } from '../../cli/provision/world.ts'
import { storeCommand } from '../../cli/store/command.ts'
import { createRandom, type Random } from '../../hardware/sim/random.ts'
import { parseDistrictPath } from '../../protocol/district.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Log } from '../../runtime/log.ts'
import { forgetfulMosquitto, freePort, MOSQUITTO, noMosquitto } from '../servers/mosquitto.ts'
import { noPostgres, type Owner, startPostgres } from '../servers/postgres.ts'
import { auditGateway, auditKiosk, type GatewayLedger, type KioskLedger } from './audit.ts'
import type { CrashKioskOptions } from './kiosk-process.ts'
import { type Part, startVictim, type Victim } from './victim.ts'

/** A campaign: so long and so many records at the least, everything by the seed but the machine's pace. */
export type CampaignOptions = {
  readonly minutes: number
  readonly records: number
  readonly seed: number
  readonly log: Log
  readonly signal: AbortSignal
  readonly onProgress: (text: string) => void
}

/** What became of a campaign's records. */
export type CampaignReport = {
  readonly made: number
  readonly stored: number
  /** Issued by a kiosk and not at the gateway, or issued and gone from the kiosk that said so. */
  readonly lost: number
  /** Enrolments that are there more than once: as a leaf, a credential or a log index. */
  readonly twice: number
  /** At the gateway and issued by none of our kiosks. */
  readonly foreign: number
  /** Records with a receipt of the gateway, its signature good, at the index where the record is. */
  readonly receipts: number
  readonly refused: number
  readonly finals: number
  readonly kills: { readonly [part in Part]?: number }
  /** Ends of processes that nobody asked for; each was started again. */
  readonly own_ends: number
  readonly seconds: number
}

const KIOSKS = ['k1', 'k2', 'k3']
const BACKLOG = 30
/**
 * The next kill comes after so many receipts, so that a slow machine gets somewhere between two; after
 * so long where none come; and now and then a moment after the last, while what died starts again.
 */
const RECEIPTS_A_KILL = 40
const LONGEST_MS = 120_000
const AGAIN_MS = 2000
const LOOK_MS = 100
const MAIN = fileURLToPath(new URL('../../cli/main.js', import.meta.url))
const KIOSK = fileURLToPath(new URL('kiosk-process.js', import.meta.url))
/** A machine that makes no records in so many times the time that was given is given up. */
const PATIENCE = 3

/** Why no campaign can be run here, or false. */
export function noCampaign(): string | false {
  return noMosquitto() || noPostgres()
}

/**
 * Runs kiosks, gateway and broker as processes of their own on a PostgreSQL server that lives, kills
 * them by chance, and counts at the end what every store says of every record.
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const { log, onProgress } = options
  const endings: (() => unknown)[] = []
  const owner: Owner = { teardown: (action) => endings.push(action) }
  try {
    const home = await mkdtemp(join(tmpdir(), 'personhood-crash-'))
    endings.push(() => rm(home, { recursive: true, force: true }))
    const database = await startPostgres(owner)
    const world = await openWorld(join(home, 'world'), [DISTRICT], Math.floor(Date.now() / 1000))
    const port = await freePort()
    const brokerUrl = `mqtt://127.0.0.1:${port}`
    const gateway = await prepareGateway(world, brokerUrl, database.url, options.signal)
    const said = new Set<string>()
    const receipts = new Map<string, number>()
    const stderr = (text: string) => log.debug('crash.said', { text: text.slice(0, 2000) })
    const starts = new Map<string, number>()
    const kiosks = (isDraining: boolean): Victim[] =>
      world.kiosks.map((station, i) =>
        startVictim({
          ...{ part: 'kiosk', stderr },
          command() {
            const start = (starts.get(station.name) ?? 0) + 1
            starts.set(station.name, start)
            const seeds = [options.seed, i, start]
            const place = { configFile: station.config, folder: station.folder, brokerUrl }
            const told: CrashKioskOptions = { ...place, seeds, backlog: BACKLOG, isDraining }
            return [process.execPath, KIOSK, JSON.stringify(told)]
          },
          onLine(line) {
            const [word, what = ''] = line.split(' ')
            if (word === 'made') said.add(what)
            else if (word === 'settled') receipts.set(station.name, Number(what))
          },
        }),
      )
    const mosquitto = forgetfulMosquitto(home, port)
    const servers: Victim[] = [
      startVictim({ part: 'broker', stderr, command: () => [MOSQUITTO, '-c', mosquitto] }),
      startVictim({
        ...{ part: 'gateway', stderr },
        command: () => [process.execPath, MAIN, 'gateway', '--config', gateway],
      }),
    ]
    const makers = kiosks(false)
    const all = [...servers, ...makers]
    endings.push(() => Promise.all(all.map((victim) => victim.stop())))
    const started = performance.now()
    const settled = () => [...receipts.values()].reduce((sum, count) => sum + count, 0)
    await rage(all, said, settled, options)
    onProgress(`${said.size} records made; no more kills, what waits is sent\n`)
    // Started anew, so that each sends at once what waits, however long its line had been broken.
    await Promise.all(makers.map((maker) => maker.stop()))
    const drains = kiosks(true)
    all.push(...drains)
    await Promise.all(drains.map(({ done }) => within(done, options)))
    const seconds = Math.round((performance.now() - started) / 1000)
    await Promise.all(servers.map((server) => server.stop()))
    const ledgers: KioskLedger[] = []
    for (const { config, folder } of world.kiosks)
      ledgers.push(await auditKiosk(config, folder, log))
    return reportOf(said, ledgers, await auditGateway(gateway, log), all, seconds)
  } finally {
    for (const end of endings.reverse()) await end()
  }
}

const DISTRICT = {
  name: 'crash',
  path: parseDistrictPath('demo.coast.port.harbour'),
  kiosks: KIOSKS,
  brokerPort: 18_831,
  pagePort: 8801,
} as const

/** A gateway whose broker and store are elsewhere, with what its folder knew moved to the database. */
async function prepareGateway(
  { gateways }: World,
  brokerUrl: string,
  databaseUrl: string,
  signal: AbortSignal,
): Promise<string> {
  const { config } = gateways[0] as WorldStation
  const toml = (await readFile(config, 'utf8'))
    .replace(/^listen = \d+\nhost = .*\nserver_tls_file = .*$/m, `url = "${brokerUrl}"`)
    .replace(/^port = \d+$/m, 'port = 0')
  await writeFile(config, `${toml}\n[store]\nurl = "${databaseUrl}"\n`)
  const quiet = { stdout: () => undefined, stderr: () => undefined, isTty: false, env: {} }
  const io = { ...quiet, stdin: process.stdin, cwd: '.', program: '', signal }
  await storeCommand.run(['move', '--config', config], io)
  return config
}

/** Kills one after another by chance until time and records are enough. */
async function rage(
  victims: readonly Victim[],
  made: ReadonlySet<string>,
  settled: () => number,
  { minutes, records, seed, signal, onProgress }: CampaignOptions,
): Promise<void> {
  const random = createRandom(seed)
  const started = performance.now()
  const elapsed = () => (performance.now() - started) / 60_000
  while (elapsed() < minutes || made.size < records) {
    if (elapsed() > Math.max(1, minutes) * PATIENCE) return
    const isAgain = random.next() < 0.25
    const enough = settled() + RECEIPTS_A_KILL * random.between(0.1, 1.9)
    const latest = performance.now() + (isAgain ? AGAIN_MS * random.next() : LONGEST_MS)
    while (settled() < enough && performance.now() < latest) {
      await delay(LOOK_MS, undefined, { signal })
    }
    const victim = pick(victims, random)
    victim?.kill()
    const figures = `${made.size} records made, ${settled()} receipts`
    onProgress(`${elapsed().toFixed(1)} min, ${figures}, ${victim?.part ?? 'nothing'} killed\n`)
  }
}

/** Each part as often as the others, however many there are of it. */
function pick(victims: readonly Victim[], random: Random): Victim | undefined {
  const parts = [...new Set(victims.map(({ part }) => part))]
  const part = parts[random.int(parts.length)]
  const mine = victims.filter((victim) => victim.part === part)
  return mine[random.int(mine.length)]
}

async function within(done: Promise<void>, { minutes, signal }: CampaignOptions): Promise<void> {
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(Math.max(10, minutes) * 60_000)])
  await new Promise<void>((resolve, reject) => {
    timeout.addEventListener('abort', () =>
      reject(new PersonhoodError('link.silent', 'a kiosk did not get all its receipts in time')),
    )
    void done.then(resolve)
  })
}

function reportOf(
  said: ReadonlySet<string>,
  kiosks: readonly KioskLedger[],
  gateway: GatewayLedger,
  victims: readonly Victim[],
  seconds: number,
): CampaignReport {
  const made = new Set(kiosks.flatMap((kiosk) => [...kiosk.made]))
  const { stored } = gateway
  const forgotten = [...said].filter((record) => !made.has(record)).length
  const missing = [...made].filter((record) => !stored.has(record)).length
  const receipts = kiosks.flatMap((kiosk) => [...kiosk.receipts])
  const kills: { [part in Part]?: number } = {}
  for (const { part, kills: count } of victims) kills[part] = (kills[part] ?? 0) + count
  const surplus = [gateway.enrolmentLeaves - stored.size, stored.size - gateway.credentials]
  return {
    made: made.size,
    stored: stored.size,
    lost: forgotten + missing,
    twice: surplus.reduce((sum, more) => sum + Math.abs(more), stored.size - gateway.logIndices),
    foreign: [...stored.keys()].filter((record) => !made.has(record)).length,
    receipts: receipts.filter(([record, index]) => stored.get(record) === index).length,
    refused: kiosks.reduce((sum, { refused }) => sum + refused, 0),
    finals: gateway.finals,
    kills,
    own_ends: victims.reduce((sum, { ownEnds }) => sum + ownEnds, 0),
    seconds,
  }
}
