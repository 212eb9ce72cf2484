import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { noPostgres, startPostgres } from '../../../bench/servers/postgres.ts'
import { gatewayCommand } from '../../../cli/processes/gateway-command.ts'
import { openWorld } from '../../../cli/provision/world.ts'
import { openGatewayStation } from '../../../cli/stations/gateway-station.ts'
import { openMatchStation, openOracleStation } from '../../../cli/stations/match-station.ts'
import { storeCommand } from '../../../cli/store/command.ts'
import { parseGatewayConfig } from '../../../gateway/config.ts'
import { parseDistrictPath } from '../../../protocol/district.ts'
import { listLog } from '../../gateway/bench.ts'
import { eventually } from '../../kit/eventually.ts'
import { probeEyes, referencesOf } from '../../kit/gallery-people.ts'
import { capture } from '../../kit/io.ts'

const HARBOUR = {
  name: 'harbour',
  path: parseDistrictPath('demo.coast.port.harbour'),
  kiosks: ['k1'],
  brokerPort: 0,
  pagePort: 0,
}

t.test('a district whose search is shared', { skip: noPostgres(), timeout: 290_000 }, async (t) => {
  const server = await startPostgres(t, 'max_connections = 100')
  const now = Math.floor(Date.now() / 1000)
  const world = await openWorld(join(t.testdir(), 'world'), [HARBOUR], now)
  const [station] = world.gateways
  if (station === undefined) throw new Error('a world without a gateway')
  const toml = readFileSync(station.config, 'utf8')
  const parsed = (text: string) => parseGatewayConfig(text, station.config)
  const { folder } = station
  const log = listLog([])

  await t.rejects(openMatchStation({ config: parsed(toml), folder, log }), { code: 'config.match' })
  const stored = `${toml}\n[store]\nurl = "${server.url}"\n`
  t.throws(() => parsed(`${toml}\n[search]\nby = "workers"\n`), { message: /\[store\]/ })
  writeFileSync(station.config, `${stored}\n[search]\nby = "workers"\nthreads = 0\n`)
  const moved = await storeCommand.run(['move', '--config', station.config], capture('/').io)
  t.equal(moved, 0)
  const config = parsed(readFileSync(station.config, 'utf8'))

  const gateway = await openGatewayStation({
    config: { ...config, broker: { listenPort: 0 } },
    folder,
    log,
    onFailure: (error) => t.fail(String(error)),
  })
  const asked = await openOracleStation({ config, folder, log, holdsShards: false })
  const options = { mode: 'fast', deadlineMs: 60_000 } as const
  const { coverage } = await asked.query(referencesOf(probeEyes(1)), options)
  t.same(coverage, { searched: 0, known: 0 }, 'the gateway itself holds all shards')

  const stop = new AbortController()
  const captured = capture('/')
  const io = { ...captured.io, signal: stop.signal }
  const role = gatewayCommand.run(['--config', station.config, '--role', 'match'], io)
  const raw = await server.connect()
  await eventually(async () => {
    const rows = await raw.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM personhood.shard_lease WHERE lease_until > now() GROUP BY worker',
      [],
      5000,
    )
    return rows.length === 2 && rows.every(({ n }) => n === 32)
  }, 'half of the shards for each')
  t.match(captured.out(), /^match worker [0-9a-f-]{36}\n$/)
  t.same((await asked.query(referencesOf(probeEyes(1)), options)).coverage.known, 0)
  stop.abort()
  t.equal(await role, 0)
  await asked.close()
  await gateway.close()
  const [left] = await raw.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM personhood.shard_lease WHERE lease_until > now()',
    [],
    5000,
  )
  t.equal(left?.n, 0, 'whoever ends gives back what it holds')
  await raw.close()
})
