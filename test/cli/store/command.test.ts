import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { noPostgres, startPostgres } from '../../../bench/servers/postgres.ts'
import { openWorld, type PlannedDistrict } from '../../../cli/provision/world.ts'
import { openGatewayStation } from '../../../cli/stations/gateway-station.ts'
import { DATABASE_PASSWORD } from '../../../cli/stations/station-store.ts'
import { storeCommand } from '../../../cli/store/command.ts'
import { parseGatewayConfig } from '../../../gateway/config.ts'
import { parseDistrictPath } from '../../../protocol/district.ts'
import { openFileKeyStore } from '../../../runtime/key-store.ts'
import { listLog } from '../../gateway/bench.ts'
import { capture } from '../../kit/io.ts'

const HARBOUR: PlannedDistrict = {
  name: 'harbour',
  path: parseDistrictPath('demo.coast.port.harbour'),
  kiosks: ['k1'],
  brokerPort: 0,
  pagePort: 0,
}

/** A provisioned gateway whose first lease is in the store of its folder. */
async function provisioned(t: Test) {
  const now = Math.floor(Date.now() / 1000)
  const world = await openWorld(join(t.testdir(), 'world'), [HARBOUR], now)
  const [gateway] = world.gateways
  if (gateway === undefined) throw new Error('a world without a gateway')
  const toml = readFileSync(gateway.config, 'utf8')
  return {
    ...gateway,
    /** Writes the file with these lines of [store]. */
    configure: (lines: string) => writeFileSync(gateway.config, `${toml}\n[store]\n${lines}\n`),
    unconfigure: () => writeFileSync(gateway.config, toml),
  }
}

async function leasedOf(folder: string, file: string): Promise<number | undefined> {
  const warnings: string[] = []
  const config = parseGatewayConfig(readFileSync(file, 'utf8'), file)
  const { gateway, close } = await openGatewayStation({
    config: { ...config, broker: { listenPort: 0 } },
    folder,
    log: listLog(warnings),
    onFailure: (error) => void warnings.push(String(error)),
  })
  const published = new Promise<void>((resolve) => {
    const look = () => gateway.state.statusLists.length > 0 && resolve()
    gateway.onState(look)
    look()
  })
  await published
  const [list] = gateway.state.statusLists
  await close()
  return list?.leased
}

const run = async (...args: readonly string[]) => {
  const { io, out } = capture('/')
  const code = await storeCommand.run(args, io)
  return { code, out: out() }
}

t.test('a gateway moves into a database', { skip: noPostgres(), timeout: 290_000 }, async (t) => {
  const server = await startPostgres(t)
  const { folder, config, configure, unconfigure } = await provisioned(t)
  const leased = await leasedOf(folder, config)
  t.ok(leased !== undefined && leased >= 256, 'the first lease, out of the folder')

  await t.rejects(run('move', '--config', config), { code: 'config.store' })
  configure(`url = "${server.url}"`)
  await t.rejects(leasedOf(folder, config), { code: 'store.not-moved', message: /store move/ })
  const moved = await run('move', '--config', config)
  t.equal(moved.code, 0)
  t.match(moved.out, /\d+ rows of \d+ tables are in the database and were compared/)
  t.ok(existsSync(join(folder, 'data', 'store.moved', 'data.mdb')))
  t.notOk(existsSync(join(folder, 'data', 'store')))
  t.equal(await leasedOf(folder, config), leased, 'the same leases, out of the database')
  await t.rejects(run('move', '--config', config), { code: 'file.missing' })

  t.test('without [store] the gateway would begin a second, empty store', async (t) => {
    unconfigure()
    await t.rejects(leasedOf(folder, config), { code: 'store.moved', message: /store.moved/ })
    configure(`url = "${server.url}"`)
  })

  t.test('the password of the role is a key file, the TLS files are named', async (t) => {
    const keys = await openFileKeyStore(join(folder, 'data', 'keys'))
    await keys.save(DATABASE_PASSWORD, new TextEncoder().encode('secret\n'))
    t.equal(await leasedOf(folder, config), leased, 'a server that asks for none takes it')
    configure(`url = "${server.url}"\nca = "absent.pem"`)
    await t.rejects(leasedOf(folder, config), { code: 'ENOENT' })
    writeFileSync(join(folder, 'ca.pem'), 'no certificate')
    configure(`url = "${server.url}"\nca = "ca.pem"`)
    await t.rejects(leasedOf(folder, config), { code: 'store.unreachable' }, 'no TLS there')
  })
})

t.test('what is not the command is told what it is', async (t) => {
  for (const args of [[], ['move'], ['copy', '--config', 'x'], ['move', 'x', '--config', 'x']]) {
    await t.rejects(run(...args), { code: 'call.usage', message: /store move/ }, args.join(' '))
  }
})
