import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { encodePng } from '../../../biometrics/image/png.ts'
import { benchCommand } from '../../../cli/bench/command.ts'
import { EYE_SET_HEADER } from '../../../cli/iris/eye-set.ts'
import { capture } from '../../kit/io.ts'
import { renderedEye } from '../../kit/rendered-eyes.ts'

t.test('a day is the sum of its messages and the connection, and no byte else', async (t) => {
  const { io, out } = capture()
  const code = await benchCommand.run(['bytes', '--enrolments', '2', '--taps', '300', '--json'], io)
  t.equal(code, 0)
  const { enrolment, tap_amortised, status_delta, tls, connect, messages, day } = JSON.parse(out())
  const total = messages.reduce((sum: number, row: { total: number }) => sum + row.total, connect)
  t.equal(day.total, total, 'counted at the socket and message by message')
  t.equal(day.up + day.down, day.total)
  t.match(day, { enrolments: 2, taps: 300, keepalive: 5760 })
  t.ok(enrolment.coded > 2000 && enrolment.coded < 4000, `${enrolment.coded} bytes`)
  t.ok(enrolment.plain > 6144 && enrolment.plain < 7680, `${enrolment.plain} bytes`)
  t.ok(enrolment.all > enrolment.coded)
  t.ok(tap_amortised > 0 && tap_amortised <= 42)
  t.equal(status_delta, null)
  t.ok(tls.full > 3000 && tls.full < 6000, `${tls.full} B for a full handshake`)
  t.ok(tls.resumed > 700 && tls.resumed <= 1536, `${tls.resumed} B where a session is resumed`)
  const types = messages.map(({ type, direction }: { type: string; direction: string }) =>
    [direction, type].join(' '),
  )
  for (const type of ['up enrolment', 'up tap-counts', 'down receipt', 'down final-answer']) {
    t.ok(types.includes(type), type)
  }
})

t.test('an eye set tells how long its coded templates are', async (t) => {
  const folder = t.testdir()
  const rows = [EYE_SET_HEADER]
  mkdirSync(folder, { recursive: true })
  for (const eye of ['left', 'right'] as const) {
    writeFileSync(join(folder, `${eye}.png`), encodePng(renderedEye(3, {}, eye).image))
    rows.push(`${eye}.png,3,${eye}`)
  }
  writeFileSync(join(folder, 'index.csv'), rows.join('\n'))
  const { io, out } = capture()
  await benchCommand.run(['bytes', '--eyes', folder, '--json'], io)
  const { templates, pairs, held_out_pairs } = JSON.parse(out())
  t.equal(templates.count, 2)
  t.match(pairs, held_out_pairs)
  t.ok(pairs.p50 > templates.p50 && pairs.p50 < 2400)
})

t.test('nonsense is refused', async (t) => {
  const { io } = capture()
  for (const args of [
    ['bytes', 'x'],
    ['bytes', '--taps', '0'],
    ['bytes', '--enrolments', '999'],
  ]) {
    await t.rejects(async () => benchCommand.run(args, io), { code: 'call.usage' })
  }
})
