import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openSerialPort } from '../../hardware/serial-port.ts'
import { noTerminals as skip, terminals, until } from '../kit/terminals.ts'

t.test('all byte values cross a real terminal in both directions', { skip }, async (t) => {
  const { host, device } = await terminals(t)
  const a = await openSerialPort({ path: host, baud: 115_200 })
  const b = await openSerialPort({ path: device, baud: 115_200 })
  const heard: number[] = []
  const answered: number[] = []
  b.onBytes((bytes) => heard.push(...bytes))
  a.onBytes((bytes) => answered.push(...bytes))
  const all = Uint8Array.from({ length: 256 }, (_, i) => i)
  await a.write(all)
  await b.write(all.slice().reverse())
  await until(() => heard.length === 256 && answered.length === 256)
  t.same(heard, [...all])
  t.same(answered, [...all].reverse())
  let reason: unknown = 'none yet'
  a.onClose((why) => {
    reason = why
  })
  await a.close()
  t.equal(reason, undefined)
  await t.rejects(a.write(all), { code: 'call.port-closed' })
  await b.close()
})

t.test(
  'a port that somebody holds is busy; a cable that is pulled is unplugged',
  { skip },
  async (t) => {
    const { host, unplug } = await terminals(t)
    const port = await openSerialPort({ path: host, baud: 57_600 })
    await t.rejects(openSerialPort({ path: host, baud: 57_600 }), {
      code: 'device.busy',
      message: new RegExp(`held by process ${process.pid} `),
    })
    const reason = new Promise((resolve) => port.onClose(resolve))
    unplug()
    t.match(await reason, { code: 'device.unplugged' })
    await t.rejects(port.write(Uint8Array.of(1)), { code: 'device.unplugged' })
    await port.close()
    await t.rejects(openSerialPort({ path: host, baud: 57_600 }), { code: 'device.missing' })
  },
)

t.test(
  'a device whose node goes is unplugged, though nothing is read from it any more',
  { skip },
  async (t) => {
    const { host } = await terminals(t)
    const port = await openSerialPort({ path: host, baud: 57_600 })
    const reason = new Promise((resolve) => port.onClose(resolve))
    // The terminal lives on: as where the library misses its end.
    await rm(host)
    t.match(await reason, { code: 'device.unplugged' })
    await port.close()
  },
)

t.test('a path without a device is missing', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'serial-'))
  const missing = join(folder, 'ttyACM0')
  await t.rejects(openSerialPort({ path: missing, baud: 9600 }), { code: 'device.missing' })
})
