import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import {
  debianPlugin,
  dynamicSecurity,
  MOSQUITTO_FILES,
  type MosquittoOptions,
  mosquittoConf,
} from '../../../cli/provision/mosquitto.ts'
import { brokerRights } from '../../../cli/stations/broker-access.ts'
import type { StationPath } from '../../../protocol/district.ts'
import { startBroker } from '../../../runtime/broker.ts'
import type { LoadedBundle } from '../../../runtime/tls/bundle.ts'
import { ALDER, BIRCH } from '../../kit/demo-trust.ts'
import { freePort, noMosquittoClients, runMosquitto } from '../../kit/mosquitto.ts'
import { TLS_KIDS, tlsDistrict } from '../../kit/tls-district.ts'

const district = tlsDistrict()
const STATIONS: Readonly<Record<string, StationPath>> = {
  [TLS_KIDS.k1]: `${ALDER}/k1`,
  [TLS_KIDS.k2]: `${ALDER}/k2`,
  [TLS_KIDS.gateway]: ALDER,
}
const clients = Object.entries(STATIONS).map(([kid, station]) => ({ kid, station }))
const D = `pop/1/${ALDER}`

function place(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'mosquitto-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

/** An independent client: Debian's mosquitto_sub or mosquitto_pub; resolves with what it said. */
async function client(
  program: 'mosquitto_sub' | 'mosquitto_pub',
  port: number,
  files: string,
  args: readonly string[],
): Promise<string> {
  const tls = ['--cafile', `${files}.ca`, '--cert', `${files}.pem`, '--key', `${files}.pem`]
  const child = spawn(program, ['-h', 'localhost', '-p', String(port), ...tls, ...args])
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said += String(chunk)
    })
  }
  await once(child, 'close')
  return said
}

/** Files of a station as those programs want them; the base of their names. */
function filesOf(folder: string, name: string, bundle: LoadedBundle): string {
  const base = join(folder, name)
  writeFileSync(`${base}.pem`, bundle.privateKey + bundle.certificate, { mode: 0o600 })
  writeFileSync(`${base}.ca`, bundle.authority)
  return base
}

/** What Debian's clients, which share no code with ours, can do at a broker of the district. */
async function independentClients(t: Test, port: number, version: '311' | '5'): Promise<void> {
  const folder = place(t)
  const k1 = filesOf(folder, 'k1', district.k1)
  const gateway = filesOf(folder, 'gateway', district.gateway)
  const id = (kid: string) => ['-i', `${kid}:${Math.random()}`, '-V', version]
  const publish = (files: string, kid: string, topic: string, text: string) =>
    client('mosquitto_pub', port, files, [...id(kid), '-q', '1', '-r', '-t', topic, '-m', text])
  // All retained by the gateway, which may do all in its district.
  const told = ['k/k1/dn/receipt', 'k/k2/dn/receipt', 'k/k2/state', 'g/trust', `g/in/${BIRCH}/x`]
  for (const topic of told) await publish(gateway, TLS_KIDS.gateway, `${D}/${topic}`, 'secret')
  // What k1 may not say goes nowhere.
  await publish(k1, TLS_KIDS.k1, `${D}/k/k1/up/enrolment`, 'mine')
  await publish(k1, TLS_KIDS.k1, `${D}/k/k2/up/enrolment`, 'forged')
  await publish(k1, TLS_KIDS.k1, `${D}/k/k1/dn/forged`, 'forged')
  await publish(k1, TLS_KIDS.k1, `${D}/g/trust`, 'forged')

  const heard = async (files: string, kid: string, filter: string) => {
    const more = ['-W', '2', '-v', '-t', filter]
    const said = await client('mosquitto_sub', port, files, [...id(kid), ...more])
    return said.split('\n').filter((line) => line.startsWith('pop/'))
  }
  const [all, own] = await Promise.all([
    heard(gateway, TLS_KIDS.gateway, `${D}/#`),
    heard(k1, TLS_KIDS.k1, `${D}/k/k1/dn/+`),
  ])
  t.same(
    all.sort(),
    [...told.map((topic) => `${D}/${topic} secret`), `${D}/k/k1/up/enrolment mine`].sort(),
    'the gateway hears all, and nothing forged',
  )
  t.same(own, [`${D}/k/k1/dn/receipt secret`])
  const forbidden = ['#', '+/#', `${D}/#`, `${D}/k/+/dn/+`, `${D}/k/k2/dn/+`, `${D}/k/k2/state`]
  const wide = [`${D}/g/#`, `${D}/g/in/#`, '$SYS/#', `$share/x/${D}/k/k2/dn/+`]
  const filters = [...forbidden, ...wide]
  const nothing = await Promise.all(filters.map((filter) => heard(k1, TLS_KIDS.k1, filter)))
  t.same(
    nothing,
    filters.map(() => []),
  )
  t.same(await heard(k1, TLS_KIDS.k1, `${D}/g/trust`), [`${D}/g/trust secret`])

  const stranger = tlsDistrict()
  const foreign = filesOf(folder, 'foreign', {
    ...stranger.k1,
    authority: district.broker.authority,
  })
  t.match(
    await publish(foreign, TLS_KIDS.k1, `${D}/k/k1/up/x`, 'foreign'),
    /error|lost|refused/i,
    'a certificate of another authority does not come in',
  )
}

t.test(
  'Mosquitto as it is configured gives each station its rights and nothing else',
  {
    skip: noMosquittoClients,
  },
  async (t) => {
    const folder = place(t)
    const port = await freePort()
    const options = optionsOf(folder, port)
    const { configuration, rights, authority, certificate } = MOSQUITTO_FILES
    // As root, Mosquitto would become somebody who cannot read a folder of ours.
    writeFileSync(join(folder, configuration), `user root\n${mosquittoConf(options)}`)
    writeFileSync(join(folder, rights), dynamicSecurity(options))
    writeFileSync(join(folder, authority), district.broker.authority)
    const own = district.broker.privateKey + district.broker.certificate
    writeFileSync(join(folder, certificate), own, { mode: 0o600 })
    await runMosquitto(t, join(folder, configuration))
    await t.test('MQTT 5', (t) => independentClients(t, port, '5'))
    await t.test('MQTT 3.1.1', (t) => independentClients(t, port, '311'))
    const k1 = filesOf(folder, 'k1', district.k1)
    const filter = `${D}/k/k2/dn/+`
    const said = await client('mosquitto_sub', port, k1, ['-d', '-V', '5', '-W', '2', '-t', filter])
    t.match(said, /135/, 'the subscription itself is refused: not authorised (MQTT 5 §3.9.3)')
  },
)

t.test(
  'the embedded broker gives the same clients the same',
  { skip: noMosquittoClients },
  async (t) => {
    const rights = brokerRights(ALDER, new Uint8Array(32))
    const nameOf = (kid: string) => STATIONS[kid]
    const broker = await startBroker(rights, { tls: { ...district.broker, nameOf } })
    t.teardown(() => broker.close())
    await independentClients(t, broker.port, '311')
  },
)

t.test('a configuration names its listener, its limits and its files', async (t) => {
  const conf = mosquittoConf({ ...optionsOf('/etc/mosquitto/personhood', 8883), bind: '::' })
  for (const line of [
    'allow_anonymous false',
    'listener 8883 ::',
    'socket_domain ipv6',
    'require_certificate true',
    'use_identity_as_username true',
    'max_packet_size 4195328',
    'keyfile /etc/mosquitto/personhood/broker.pem',
  ]) {
    t.ok(conf.split('\n').includes(line), line)
  }
  t.match(debianPlugin('arm64'), /aarch64/)
})

function optionsOf(folder: string, port: number): MosquittoOptions {
  return { district: ALDER, clients, port, folder, plugin: debianPlugin(process.arch) }
}
