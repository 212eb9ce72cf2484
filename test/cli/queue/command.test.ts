import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openWorld, type PlannedDistrict } from '../../../cli/provision/world.ts'
import { queueCommand } from '../../../cli/queue/command.ts'
import { kioskActs } from '../../../cli/queue/kiosk-desk.ts'
import { createClosers } from '../../../cli/stations/closers.ts'
import { openGatewayStation } from '../../../cli/stations/gateway-station.ts'
import { openGround } from '../../../cli/stations/ground.ts'
import { openKioskStation } from '../../../cli/stations/kiosk-station.ts'
import { parseKioskConfig } from '../../../firmware/config.ts'
import { openOutbox } from '../../../firmware/relay/outbox.ts'
import { parseGatewayConfig } from '../../../gateway/config.ts'
import { parseDistrictPath } from '../../../protocol/district.ts'
import { TAP_COUNTS, tapCountsSchema } from '../../../protocol/messages/tap-counts.ts'
import { encodeRecord } from '../../../protocol/schema.ts'
import { listenForControl } from '../../../runtime/control.ts'
import { silentLog } from '../../firmware/bench.ts'
import { capture } from '../../kit/io.ts'

const HARBOUR: PlannedDistrict = {
  name: 'harbour',
  path: parseDistrictPath('demo.coast.port.harbour'),
  kiosks: ['k1', 'k2'],
  brokerPort: 0,
  pagePort: 0,
}

/** A district with two kiosks; counts of two hours wait on the first, whose broker is not there. */
async function openDistrict(t: Test) {
  const folder = t.testdir()
  const world = await openWorld(join(folder, 'world'), [HARBOUR], Math.floor(Date.now() / 1000))
  const [gateway] = world.gateways
  const [k1, k2] = world.kiosks
  if (gateway === undefined || k1 === undefined || k2 === undefined) throw new Error('no world')
  const stick = join(folder, 'stick')
  mkdirSync(stick)
  await putCounts(k1)
  return { gateway, k1, k2, stick }
}

type Place = { readonly config: string; readonly folder: string }

async function putCounts({ config: file, folder }: Place): Promise<void> {
  const closers = createClosers(silentLog())
  const config = parseKioskConfig(readFileSync(file, 'utf8'), file)
  const { store } = await openGround({ config, folder, uses: ['relay'] }, closers)
  const outbox = await openOutbox(store, () => Math.floor(Date.now() / 1000) - 7200)
  for (const n of [1, 2]) {
    const rows = [{ outcome: 'go', count: n } as const]
    const body = encodeRecord(tapCountsSchema, { from: 3600 * n, until: 3600 * (n + 1), rows })
    const item = { type: TAP_COUNTS, isSealed: false, body }
    await store.commit({ writes: [outbox.row(new Uint8Array(16).fill(n), item).write] })
  }
  await closers.close()
}

async function runGateway(t: Test, { config: file, folder }: Place) {
  const config = parseGatewayConfig(readFileSync(file, 'utf8'), file)
  const { gateway, close } = await openGatewayStation({
    ...{ folder, log: silentLog(), config: { ...config, broker: { listenPort: 0 } } },
    onFailure: (error) => t.error(error),
  })
  const control = await listenForControl(join(folder, config.data), {
    import: gateway.byHand.exchange,
  })
  t.teardown(async () => {
    await control.close()
    await close()
  })
  return gateway
}

async function queue(...args: readonly string[]) {
  const { io, out } = capture('/')
  const code = await queueCommand.run([...args, '--json'], io)
  return { code, ...JSON.parse(out()) }
}

async function said(...args: readonly string[]): Promise<string> {
  const { io, out } = capture('/')
  await queueCommand.run(args, io)
  return out()
}

t.test(
  'a stick carries the queue of a kiosk that does not run, and the receipts back',
  async (t) => {
    const { gateway, k1, k2, stick } = await openDistrict(t)
    t.match(await queue('status', '--config', k1.config), { code: 0, queued: 2, receipts: 0 })
    t.match(await said('status', '--config', k1.config), '2 records wait, the oldest for 2 hours')
    const exported = await queue('export', '--config', k1.config, stick)
    t.match(exported, { code: 0, queued: 2 })
    const file: string = exported.file
    t.equal(statSync(file).mode & 0o777, 0o600)
    t.same(readdirSync(stick).length, 1, 'nothing half-written is left')
    await t.rejects(queue('import', '--config', gateway.config, file), {
      code: 'link.no-gateway',
      message: /nothing was taken/,
    })
    const running = await runGateway(t, gateway)
    const imported = await queue('import', '--config', gateway.config, file)
    t.match(imported, { code: 0, receipts: 2, answers: `${file}.answers` })
    t.ok(running.state.traffic)
    t.match(await queue('import', '--config', k2.config, imported.answers), {
      code: 1,
      receipts: 0,
    })
    t.match(await said('import', '--config', k2.config, imported.answers), 'take them there')
    t.match(await queue('import', '--config', k1.config, imported.answers), {
      ...{ code: 0, receipts: 2, queued: 0 },
    })
    t.match(await queue('import', '--config', k1.config, imported.answers), {
      code: 0,
      receipts: 0,
    })
    t.match(await queue('status', '--config', k1.config), { queued: 0, receipts: 2 })
  },
)

t.test('a kiosk that runs is asked itself: its store has one owner', async (t) => {
  const { gateway, k1, stick } = await openDistrict(t)
  const { config: file, folder } = k1
  const config = parseKioskConfig(readFileSync(file, 'utf8'), file)
  const { kiosk, close } = await openKioskStation({
    config,
    folder,
    log: silentLog(),
    isByHand: true,
  })
  const data = join(folder, config.data)
  const control = await listenForControl(data, kioskActs(kiosk))
  t.teardown(async () => {
    await control.close()
    await close()
  })
  const exported = await queue('export', '--config', file, join(stick, 'k1.mail'))
  t.match(exported, { code: 0, queued: 2, file: join(stick, 'k1.mail') })
  await runGateway(t, gateway)
  const { answers } = await queue('import', '--config', gateway.config, exported.file)
  t.match(await queue('import', '--config', file, answers), { code: 0, receipts: 2, queued: 0 })
  t.equal(kiosk.state.link.queued, 0, 'the running kiosk knows')
  t.equal(statSync(join(data, 'control.token')).mode & 0o777, 0o600)
})

t.test('a bad stick is told in words, and costs nothing', async (t) => {
  const { gateway, k1, stick } = await openDistrict(t)
  await runGateway(t, gateway)
  const file = join(stick, 'k1.mail')
  await queue('export', '--config', k1.config, file)
  const half = join(stick, 'half.mail')
  copyFileSync(file, half)
  truncateSync(half, statSync(half).size - 50)
  t.match(await queue('import', '--config', gateway.config, half), { code: 1, end: 'cut' })
  t.match(await said('import', '--config', gateway.config, half), 'copied in part')
  t.match(await said('import', '--config', k1.config, file), "a kiosk's export")
  const text = join(stick, 'holiday.jpg')
  copyFileSync(k1.config, text)
  for (const config of [gateway.config, k1.config]) {
    await t.rejects(queue('import', '--config', config, text), { code: 'bytes.mailbag' })
    await t.rejects(queue('import', '--config', config, join(stick, 'none')), {
      code: 'file.missing',
    })
  }
  t.equal(existsSync(`${text}.answers`), false, 'no answers to what was no question')
  t.match(await queue('status', '--config', k1.config), { queued: 2 })
  if (process.getuid?.() !== 0) {
    chmodSync(stick, 0o500)
    await t.rejects(queue('export', '--config', k1.config, stick), { code: 'EACCES' })
    chmodSync(stick, 0o700)
  }
})

t.test('wrong usage says what to type', async (t) => {
  const { gateway } = await openDistrict(t)
  for (const args of [
    [],
    ['status'],
    ['export', '--config', gateway.config],
    ['export', '--config', gateway.config, '/tmp'],
    ['import', '--config', gateway.config],
    ['send', '--config', gateway.config, 'x'],
  ]) {
    await t.rejects(queueCommand.run(args, capture('/').io), { code: 'call.usage' })
  }
})
