import t from 'tap'
import { benchCommand } from '../../../cli/bench/command.ts'
import { capture } from '../../kit/io.ts'

t.test('taps and writes are measured beside what their bytes alone take', async (t) => {
  const { io, out } = capture()
  await benchCommand.run(['tap', '--taps', '2', '--json'], io)
  const report = JSON.parse(out())
  t.equal(report.taps, 2)
  for (const row of [report, report.write]) {
    t.ok(row.wire_ms > 50 && row.wire_ms < 1000, `${row.wire_ms} ms`)
    t.ok(row.p50 >= row.wire_ms - 1 && row.p95 >= row.p50)
    t.ok(Number.isFinite(row.ratio) && row.cpu_ms >= 0)
  }
  t.ok(report.write.wire_ms > report.wire_ms)
})

t.test('a run in words names the same figures; nonsense is refused', async (t) => {
  const { io, out } = capture()
  await benchCommand.run(['tap', '--taps', '1'], io)
  t.match(out(), /tap with authentication: p50 .* ms[\s\S]*first write, read back/)
  for (const args of [['tap', 'x'], ['tap', '--taps', '0'], ['tip']]) {
    await t.rejects(async () => benchCommand.run(args, io), { code: 'call.usage' })
  }
})
