import type { Test } from 'tap'
import { type Gateway, startGateway } from '../../gateway/gateway.ts'
import { DEFAULT_POLICY } from '../../gateway/policy.ts'
import { startBroker } from '../../runtime/broker.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import { openMessenger } from '../../runtime/messenger.ts'
import { connectMqtt } from '../../runtime/mqtt-transport.ts'
import type { Transport } from '../../runtime/transport.ts'
import { createWorld, openTrust } from '../gateway/bench.ts'
import { ALDER, ALDER_KIOSK, DEMO_NOW, demoStation } from '../kit/demo-trust.ts'
import { createMemoryStore } from '../kit/memory-store.ts'
import { createManualClock, type ManualClock } from '../runtime/manual-clock.ts'
import { silentLog } from './bench.ts'

/** One district at a real broker, in real time, with a clock that stands still. */
export type RealDistrict = {
  readonly url: string
  readonly port: number
  readonly gateway: Gateway
  readonly clock: ManualClock
  connect(name: string, url?: string): Transport
  close(): Promise<void>
}

/** Starts gateway and embedded broker; the test's end closes both. */
export async function startRealDistrict(t: Test): Promise<RealDistrict> {
  const anyone = { isKnown: () => true, mayPublish: () => true, maySubscribe: () => true }
  const broker = await startBroker(anyone)
  const clock = createManualClock(DEMO_NOW)
  const store = createMemoryStore()
  const station = demoStation(ALDER)
  const trust = await openTrust(store, createWorld([ALDER, ALDER_KIOSK]))
  const verify = verifySecp256k1
  const connect = (name: string, url = broker.url): Transport =>
    connectMqtt({
      url,
      clientId: name,
      username: name,
      random: Math.random,
      retryMinMs: 20,
      retryMaxMs: 100,
    })
  const transport = connect(ALDER)
  const gateway = await startGateway({
    config: { station: ALDER, peers: [], policy: DEFAULT_POLICY },
    ...{ station, trust, store, clock, transport, verify },
    messenger: await openMessenger({ station, trust, clock, store, verify }),
    peerTransports: () => transport,
    log: silentLog(),
    onFailure: (error) => {
      throw error
    },
  })
  let isClosed = false
  async function close(): Promise<void> {
    if (isClosed) return
    isClosed = true
    await gateway.close()
    await transport.close()
    await broker.close()
  }
  t.teardown(close)
  const { url, port } = broker
  return { url, port, gateway, clock, connect, close }
}
