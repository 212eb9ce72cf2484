import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { auditGateway, auditKiosk } from '../../../bench/crash/audit.ts'
import type { CrashKioskOptions } from '../../../bench/crash/kiosk-process.ts'
import {
  forgetfulMosquitto,
  freePort,
  MOSQUITTO,
  noMosquitto,
} from '../../../bench/servers/mosquitto.ts'
import { noPostgres, startPostgres } from '../../../bench/servers/postgres.ts'
import { gatewayCommand } from '../../../cli/processes/gateway-command.ts'
import { openWorld } from '../../../cli/provision/world.ts'
import { storeCommand } from '../../../cli/store/command.ts'
import type { IngestState } from '../../../gateway/ingest-process.ts'
import { parseDistrictPath } from '../../../protocol/district.ts'
import { listLog } from '../../gateway/bench.ts'
import { eventually } from '../../kit/eventually.ts'
import { capture } from '../../kit/io.ts'

const MAIN = fileURLToPath(new URL('../../../cli/main.js', import.meta.url))
const KIOSK = fileURLToPath(new URL('../../../bench/crash/kiosk-process.js', import.meta.url))
const HARBOUR = {
  name: 'harbour',
  path: parseDistrictPath('demo.coast.port.harbour'),
  kiosks: ['k1'],
  brokerPort: 0,
  pagePort: 0,
}
const BACKLOG = 8
const BEFORE_THE_KILL = 16
const RECORDS = 40

type Running = { readonly child: ChildProcess; readonly url: string }

function start(t: Test, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

/** Starts a gateway process and waits for the address of its page. */
async function run(t: Test, config: string, ...more: string[]): Promise<Running> {
  const child = start(t, [MAIN, 'gateway', '--config', config, ...more])
  child.stderr?.on('data', (chunk) => t.comment(String(chunk)))
  if (child.stdout) for await (const url of createInterface(child.stdout)) return { child, url }
  throw new Error(`gateway ${more.join(' ')} printed no address`)
}

async function takenIn({ url }: Running): Promise<number> {
  const state = (await (await fetch(`${url}state`)).json()) as IngestState
  const heard = state.traffic.types.filter(({ received }) => received > 0)
  return heard.reduce((sum, { received }) => sum + received, 0)
}

async function stop({ child }: Running): Promise<number> {
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  return code
}

t.test(
  'two processes take in, one does the rest: one of the two is killed and nothing is lost',
  { skip: noPostgres() || noMosquitto(), timeout: 300_000 },
  async (t) => {
    const server = await startPostgres(t)
    const home = t.testdir()
    const now = Math.floor(Date.now() / 1000)
    const world = await openWorld(join(home, 'world'), [HARBOUR], now)
    const [gateway] = world.gateways
    const [kiosk] = world.kiosks
    if (gateway === undefined || kiosk === undefined) throw new Error('a world without stations')
    const { config } = gateway
    const port = await freePort()
    const brokerUrl = `mqtt://127.0.0.1:${port}`
    const broker = spawn(MOSQUITTO, ['-c', forgetfulMosquitto(home, port)], { stdio: 'ignore' })
    t.teardown(() => broker.kill('SIGKILL'))
    const toml = readFileSync(config, 'utf8').replace(
      /^listen = \d+\nhost = .*\nserver_tls_file = .*$/m,
      `url = "${brokerUrl}"\nprotocol = "5"`,
    )
    writeFileSync(config, `${toml}\n[store]\nurl = "${server.url}"\n`)
    t.equal(await storeCommand.run(['move', '--config', config], capture('/').io), 0)

    const api = await run(t, config, '--role', 'api')
    const first = await run(t, config, '--role', 'ingest', '--name', 'one')
    const second = await run(t, config, '--role', 'ingest', '--name', 'two')

    const settled = { count: 0 }
    const made = new Set<string>()
    const told: CrashKioskOptions = {
      ...{ configFile: kiosk.config, folder: kiosk.folder, brokerUrl },
      ...{ seeds: [6], backlog: BACKLOG, isDraining: false },
    }
    const maker = start(t, [KIOSK, JSON.stringify(told)])
    const ended = once(maker, 'exit')
    maker.stderr?.on('data', (chunk) => t.comment(String(chunk)))
    createInterface({ input: maker.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const [word, what = ''] = line.split(' ')
      if (word === 'made') made.add(what)
      else settled.count = Number(what)
    })
    await eventually(() => settled.count >= BEFORE_THE_KILL, 'receipts')
    t.ok((await takenIn(first)) > 0, 'the broker shares out what comes')
    t.ok((await takenIn(second)) > 0)
    first.child.kill('SIGKILL')
    await eventually(() => made.size >= RECORDS, 'more records')
    maker.stdin?.write('stop\n')
    t.same(await ended, [0, null], 'each record has its receipt')

    for (const role of ['api', 'all']) {
      const other = start(t, [MAIN, 'gateway', '--config', config, '--role', role])
      let said = ''
      other.stderr?.on('data', (chunk) => {
        said += chunk
      })
      t.same(await once(other, 'exit'), [69, null], `no ${role} beside an api`)
      t.match(said, /in use by another process/)
    }
    t.same([await stop(second), await stop(api)], [0, 0])

    const log = listLog([])
    const ledger = await auditKiosk(kiosk.config, kiosk.folder, log)
    const { stored, enrolmentLeaves, logIndices } = await auditGateway(config, log)
    t.same([...stored.keys()].sort(), [...made].sort(), 'made is stored, nothing else is')
    t.same([...ledger.made].sort(), [...made].sort())
    t.equal(enrolmentLeaves, made.size, 'and nothing twice')
    t.equal(logIndices, made.size)
    t.same(new Map(ledger.receipts), new Map(stored), 'the fate of each is signed, at its index')
  },
)

t.test('a role that cannot be is named before anything starts', async (t) => {
  const world = await openWorld(join(t.testdir(), 'world'), [HARBOUR], 1_790_000_000)
  const { config } = world.gateways[0] ?? { config: '' }
  const refused = (code: string, ...args: string[]) =>
    t.rejects(async () => gatewayCommand.run(['--config', config, ...args], capture('/').io), {
      code,
    })
  await refused('call.usage', '--role', 'teacher')
  await refused('call.usage', '--role', 'api', '--name', 'one')
  await refused('call.usage', '--role', 'ingest', '--name', 'one two')
  await refused('config.role', '--role', 'api')
  await refused('config.role', '--role', 'ingest')
  await refused('config.match', '--role', 'match')
})
