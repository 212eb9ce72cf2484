import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import t from 'tap'
import { layCable } from '../../../cli/room/cable.ts'

t.test('a cable carries bytes both ways, counts them, and can be cut and mended', async (t) => {
  const server = createServer((socket) => void socket.on('error', () => {}).pipe(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cable = await layCable((server.address() as { port: number }).port)
  t.teardown(async () => {
    await cable.close()
    server.close()
  })
  const port = Number(new URL(cable.url).port)
  const dial = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  }
  const first = await dial()
  first.write('hello')
  t.equal(String((await once(first, 'data'))[0]), 'hello')
  t.equal(cable.bytes, 10)

  cable.cut()
  t.ok(cable.isCut)
  await once(first, 'close')
  const refused = await dial()
  await once(refused, 'close')

  cable.mend()
  const second = await dial()
  second.write('again')
  t.equal(String((await once(second, 'data'))[0]), 'again')
})
