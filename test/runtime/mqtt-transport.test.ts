import t from 'tap'
import { startBroker } from '../../runtime/broker.ts'
import { connectMqtt } from '../../runtime/mqtt-transport.ts'
import { noMosquitto, startMosquitto } from '../kit/mosquitto.ts'
import { transportContract } from './transport-contract.ts'

const anyone = { isKnown: () => true, mayPublish: () => true, maySubscribe: () => true }

process.on('unhandledRejection', (reason) => t.fail('unhandled rejection', { reason }))

t.test('over aedes, MQTT 3.1.1', async (t) => {
  const broker = await startBroker(anyone)
  t.teardown(() => broker.close())
  const { port } = broker
  await transportContract(t, { port, protocolVersion: 4, username: 'c', password: 'p' })
})

for (const protocolVersion of [4, 5] as const) {
  t.test(
    `over Mosquitto, protocol version ${protocolVersion}`,
    { skip: noMosquitto },
    async (t) => {
      const { port } = await startMosquitto(t, (port) => [
        `listener ${port} 127.0.0.1`,
        'allow_anonymous true',
      ])
      await transportContract(t, { port, protocolVersion })
    },
  )
}

t.test('an address where no broker can be is told, not thrown', async (t) => {
  const faults: string[] = []
  await new Promise<void>((resolve) => {
    const transport = connectMqtt({
      url: 'mqtt://name.invalid',
      clientId: 'x',
      random: () => 0,
      retryMinMs: 1,
      onFault: ({ code }) => {
        faults.push(code)
        void transport.close().then(resolve)
      },
    })
  })
  t.equal(faults[0], 'link.down')
})
