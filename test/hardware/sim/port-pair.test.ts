import fc from 'fast-check'
import t from 'tap'
import { createPortPair } from '../../../hardware/sim/port-pair.ts'
import { concat } from '../../../protocol/bytes.ts'

function hear(port: ReturnType<typeof createPortPair>['host']) {
  const runs: Uint8Array[] = []
  port.onBytes((bytes) => runs.push(bytes))
  return { runs, all: () => concat(...runs) }
}

t.test('bytes cross in both directions, in order, as copies', async (t) => {
  const { host, device } = createPortPair('reader')
  const atDevice = hear(device)
  const atHost = hear(host)
  const sent = Uint8Array.of(1, 2, 3)
  const first = host.write(sent)
  sent.fill(9)
  await Promise.all([first, host.write(Uint8Array.of(4)), device.write(Uint8Array.of(7))])
  t.same(atDevice.all(), Uint8Array.of(1, 2, 3, 4))
  t.same(atHost.all(), Uint8Array.of(7))
})

t.test('listeners do not share memory, and one that stopped hears nothing', async (t) => {
  const { host, device } = createPortPair('reader')
  device.onBytes((bytes) => bytes.fill(0))
  const second = hear(device)
  let silent = 0
  device.onBytes(() => silent++)()
  await host.write(Uint8Array.of(5))
  t.same(second.all(), Uint8Array.of(5))
  t.equal(silent, 0)
})

t.test('chunking splits and never changes, reproducibly by seed', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(),
      fc.integer({ min: 1, max: 9 }),
      async (bytes, seed, chunkMaxBytes) => {
        const lengths = async () => {
          const { host, device } = createPortPair('reader', { toDevice: { seed, chunkMaxBytes } })
          const heard = hear(device)
          await host.write(bytes)
          t.same(heard.all(), bytes)
          return heard.runs.map((run) => run.length)
        }
        const first = await lengths()
        t.ok(first.every((length) => length >= 1 && length <= chunkMaxBytes))
        t.same(await lengths(), first)
      },
    ),
    { numRuns: 30 },
  )
})

t.test('a noisy line changes and loses about as many bytes as it was told to', async (t) => {
  const { host, device } = createPortPair('reader', {
    toDevice: { seed: 3, flipPerMillion: 100_000 },
    toHost: { seed: 4, dropPerMillion: 100_000 },
  })
  const atDevice = hear(device)
  const atHost = hear(host)
  await host.write(new Uint8Array(10_000))
  await device.write(new Uint8Array(10_000))
  const flipped = atDevice.all().filter((byte) => byte !== 0).length
  t.ok(flipped > 850 && flipped < 1150, `${flipped} of 10,000 flipped`)
  const lost = 10_000 - atHost.all().length
  t.ok(lost > 850 && lost < 1150, `${lost} of 10,000 lost`)
})

t.test('a cable pulled at any byte ends both ends and says so', async (t) => {
  for (let cut = 1; cut <= 4; cut++) {
    const { host, device } = createPortPair('reader', { toDevice: { unplugAfterBytes: cut } })
    const heard = hear(device)
    const reasons: unknown[] = []
    host.onClose((reason) => reasons.push(reason))
    device.onClose((reason) => reasons.push(reason))
    await t.rejects(host.write(Uint8Array.of(1, 2, 3, 4)), { code: 'device.unplugged' })
    t.equal(heard.all().length, cut)
    t.match(reasons, [{ code: 'device.unplugged' }, { code: 'device.unplugged' }])
    await t.rejects(device.write(Uint8Array.of(1)), { code: 'device.unplugged' })
    const late = await new Promise((resolve) => host.onClose(resolve))
    t.match(late, { code: 'device.unplugged' })
  }
})

t.test('an orderly close gives no reason; a write after it is our own mistake', async (t) => {
  const { host, device, unplug } = createPortPair('reader')
  let reason: unknown = 'none yet'
  let calls = 0
  device.onClose((why) => {
    reason = why
    calls++
  })
  await host.close()
  unplug()
  t.equal(reason, undefined)
  t.equal(calls, 1)
  await t.rejects(host.write(Uint8Array.of(1)), { code: 'call.port-closed' })
  await host.close()
})
