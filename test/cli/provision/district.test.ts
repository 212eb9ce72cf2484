import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { gatewayVerb } from '../../../cli/provision/gateway-verbs.ts'
import { BROKER_PASSWORD } from '../../../cli/stations/broker-access.ts'
import { openBrokerLine } from '../../../cli/stations/broker-line.ts'
import { openGatewayStation } from '../../../cli/stations/gateway-station.ts'
import { parseRoots } from '../../../cli/trust-folder.ts'
import { parseKioskConfig } from '../../../firmware/config.ts'
import { parseGatewayConfig } from '../../../gateway/config.ts'
import { verifyMessage } from '../../../protocol/secp256k1.ts'
import { allDown, kioskState } from '../../../protocol/topics.ts'
import { parseTrustList, type Trust } from '../../../protocol/trust-list.ts'
import { openFileKeyStore } from '../../../runtime/key-store.ts'
import { connectMqtt } from '../../../runtime/mqtt-transport.ts'
import { readTlsBundle } from '../../../runtime/tls/bundle.ts'
import { silentLog } from '../../firmware/bench.ts'
import { capture } from '../../kit/io.ts'
import { state } from '../../runtime/transport-contract.ts'

const PATH = 'nation.coast.port.alder'
const DAY_S = 86_400

function place(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'district-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function run(cwd: string, line: string): Promise<string> {
  const { io, out } = capture(cwd)
  const verb = gatewayVerb(line.split(' '))
  if (verb === undefined) throw new Error(`no verb in ${line}`)
  await verb(io)
  return out()
}

const INIT = `init gw --path ${PATH} --roots roots --host 127.0.0.1 --listen 18885 --bind 127.0.0.1`
const KIOSK = 'kiosk k1 --config gw/gateway.toml --roots roots --out k1'

function trustIn(folder: string): Trust {
  const roots = parseRoots(readFileSync(join(folder, 'roots.json'), 'utf8'))
  const list = new Uint8Array(readFileSync(join(folder, 'trust.cbor')))
  return parseTrustList(list, roots, verifyMessage)
}

t.test(
  'a real district from an empty folder: its kiosk connects with what was carried to it',
  async (t) => {
    const folder = place(t)
    t.equal(await run(folder, INIT), 'gw/gateway.toml\n')
    t.equal(await run(folder, KIOSK), 'k1\n')
    for (const file of ['gw/tls.pem', 'gw/broker.pem', 'k1/tls.pem', 'k1/data/keys/relay']) {
      t.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file)
    }
    t.equal(statSync(join(folder, 'k1')).mode & 0o777, 0o700)
    const [gatewayFile, kioskFile] = [
      join(folder, 'gw/gateway.toml'),
      join(folder, 'k1/kiosk.toml'),
    ]
    const config = parseGatewayConfig(readFileSync(gatewayFile, 'utf8'), gatewayFile)
    const kiosk = parseKioskConfig(readFileSync(kioskFile, 'utf8'), kioskFile)
    t.match(kiosk, {
      station: `${PATH}/k1`,
      demo: false,
      broker: { url: 'mqtts://127.0.0.1:18885', tlsFile: 'tls.pem' },
      leases: [{ count: 256 }],
      orb: { kind: 'serial' },
    })
    for (const where of ['gw/trust', 'k1/trust', 'roots']) {
      t.equal(trustIn(join(folder, where)).version, 2, where)
    }
    t.equal(trustIn(join(folder, 'roots')).isDemo, false)

    const { gateway, broker, close } = await openGatewayStation({
      config: { ...config, broker: { ...config.broker, listenPort: 0 } },
      ...{
        folder: join(folder, 'gw'),
        log: silentLog(),
        onFailure: (error) => t.fail(String(error)),
      },
    })
    const line = await openBrokerLine({
      ...{ station: kiosk.station, url: broker?.url ?? '', tlsFile: kiosk.broker.tlsFile },
      ...{ folder: join(folder, 'k1'), data: join(folder, 'k1/data') },
      ...{ keys: await openFileKeyStore(join(folder, 'k1/data/keys')) },
      ...{ passwordName: BROKER_PASSWORD, onSessionFault: () => undefined },
    })
    const transport = connectMqtt({ ...line.options, random: Math.random, retryMinMs: 5 })
    await state(transport)
    await transport.subscribe(allDown(config.station, 'k1'), () => undefined)
    await t.rejects(
      transport.subscribe(allDown(config.station, 'k2'), () => undefined),
      { code: 'link.refused' },
    )
    await transport.publish(kioskState(config.station, 'k1'), new Uint8Array(1))
    t.equal(gateway.state.isConnected, true, 'the gateway is a client of its own broker')
    await transport.close()
    // It is written beside the work.
    while (!existsSync(join(folder, 'k1/data/tls-session'))) await new Promise(setImmediate)
    t.equal(statSync(join(folder, 'k1/data/tls-session')).mode & 0o777, 0o600)
    await close()
  },
)

t.test(
  'what is there is not made again, and a second kiosk is a second name in the list',
  async (t) => {
    const folder = place(t)
    await run(folder, INIT.replace(PATH, `demo.${PATH.slice(7)}`))
    await run(folder, KIOSK)
    for (const line of [INIT, KIOSK]) {
      await t.rejects(run(folder, line), { code: 'file.occupied' })
    }
    await run(folder, KIOSK.replace('k1', 'k2').replace('out k1', 'out k2'))
    const trust = trustIn(join(folder, 'gw/trust'))
    const kiosks = new Set(trust.keys.filter(({ role }) => role === 'kiosk').map((k) => k.station))
    t.equal(kiosks.size, 2)
    t.ok(trust.isDemo)
    const toml = readFileSync(join(folder, 'k2/kiosk.toml'), 'utf8')
    t.match(parseKioskConfig(toml, 'k2'), { demo: true, orb: { kind: 'simulator' } })
  },
)

t.test('a renewal keeps the keys: a later certificate, a later delegation', async (t) => {
  const folder = place(t)
  await run(folder, INIT)
  await run(folder, KIOSK)
  const before = await readTlsBundle(join(folder, 'k1/tls.pem'))
  t.equal(await run(folder, `${KIOSK.replace('out k1', 'out new')} --renew`), 'new\n')
  const after = await readTlsBundle(join(folder, 'new/tls.pem'))
  t.equal(after.commonName, before.commonName)
  t.not(after.certificate, before.certificate)
  t.ok(after.ends >= before.ends && after.ends > Date.now() / 1000 + 397 * DAY_S)
  const trust = trustIn(join(folder, 'new/trust'))
  t.equal(trust.version, 3)
  t.equal(new Set(trust.keys.map(({ kid, use }) => kid + use)).size, 7, 'four and three keys')
  await t.rejects(run(folder, `${KIOSK.replace('k1', 'k9').replace('out k1', 'out x')} --renew`), {
    code: 'call.kiosk',
  })
})

t.test('a broker of its own gets rights for each station, and keeps its certificate', async (t) => {
  const folder = place(t)
  await run(folder, INIT)
  await run(folder, KIOSK)
  const line = 'broker-config --config gw/gateway.toml --host broker.example --out mq --at /etc/mq'
  t.equal(await run(folder, line), 'mq/mosquitto.conf\n')
  const kid = (await readTlsBundle(join(folder, 'k1/tls.pem'))).commonName
  const rights = () => JSON.parse(readFileSync(join(folder, 'mq/dynamic-security.json'), 'utf8'))
  t.match(
    rights()
      .clients.map(({ username }: { username: string }) => username)
      .sort().length,
    2,
  )
  t.ok(rights().clients.some(({ username }: { username: string }) => username === kid))
  t.match(readFileSync(join(folder, 'mq/mosquitto.conf'), 'utf8'), 'cafile /etc/mq/authority.pem')
  const certificate = readFileSync(join(folder, 'mq/broker.pem'), 'utf8')
  await run(folder, KIOSK.replace('k1', 'k2').replace('out k1', 'out k2'))
  await run(folder, line)
  t.equal(rights().clients.length, 3)
  t.equal(readFileSync(join(folder, 'mq/broker.pem'), 'utf8'), certificate)
})

t.test("another district's gateway gets a file for this one's broker", async (t) => {
  const folder = place(t)
  await run(folder, INIT)
  await run(folder, INIT.replace('init gw', 'init gw2').replace('alder', 'birch'))
  // The list grew: the first district's gateway has it from the roots' folder.
  const list = readFileSync(join(folder, 'roots/trust.cbor'))
  writeFileSync(join(folder, 'gw/trust/trust.cbor'), list)
  const line = 'peer nation.coast.port.birch --config gw/gateway.toml --out birch.pem'
  await run(folder, line)
  const own = await readTlsBundle(join(folder, 'gw2/tls.pem'))
  const there = await readTlsBundle(join(folder, 'birch.pem'))
  t.equal(there.commonName, own.commonName)
  t.not(there.authority, own.authority)
  await t.rejects(run(folder, line.replace('birch ', 'oak ')), { code: 'call.peer' })
})
