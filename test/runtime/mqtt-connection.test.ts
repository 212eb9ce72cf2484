import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startBroker } from '../../runtime/broker.ts'
import { noMosquitto, startMosquitto } from '../kit/mosquitto.ts'
import { tlsDistrict } from '../kit/tls-district.ts'
import { transportContract } from './transport-contract.ts'

const { broker: bundle, k1 } = tlsDistrict()

t.test('over aedes with TLS on both sides', async (t) => {
  const rights = { isKnown: () => false, mayPublish: () => true, maySubscribe: () => true }
  const broker = await startBroker(rights, { tls: { ...bundle, nameOf: () => 'somebody' } })
  t.teardown(() => broker.close())
  const { port } = broker
  await transportContract(t, { port, protocolVersion: 4, username: k1.commonName, tls: k1 })
})

t.test('over Mosquitto with TLS on both sides, MQTT 5', { skip: noMosquitto }, async (t) => {
  const folder = brokerFiles(t)
  const { port } = await startMosquitto(t, (port) => [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    `cafile ${folder}/authority.pem`,
    `certfile ${folder}/broker.pem`,
    `keyfile ${folder}/broker.pem`,
    'require_certificate true',
  ])
  await transportContract(t, { port, protocolVersion: 5, tls: k1 })
})

function brokerFiles(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'broker-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'authority.pem'), bundle.authority)
  const own = bundle.privateKey + bundle.certificate
  writeFileSync(join(folder, 'broker.pem'), own, { mode: 0o600 })
  return folder
}
