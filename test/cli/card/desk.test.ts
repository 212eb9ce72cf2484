import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { cardCommand } from '../../../cli/card/command.ts'
import {
  awaitCard,
  type CardMachine,
  openSimulatedDesk,
  thisCardMachine,
} from '../../../cli/card/desk.ts'
import { dispatch } from '../../../cli/dispatch.ts'
import { createNtag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { openPn532 } from '../../../hardware/nfc/pn532.ts'
import { createPn532Simulator } from '../../../hardware/nfc/simulator.ts'
import { openSerialPort } from '../../../hardware/serial-port.ts'
import { createPortPair } from '../../../hardware/sim/port-pair.ts'
import { equalBytes } from '../../../protocol/bytes.ts'
import { capture } from '../../kit/io.ts'
import { uidOf } from '../../kit/keyed-cards.ts'
import { noTerminals as skip, terminals } from '../../kit/terminals.ts'

async function folderFor(t: { teardown: (end: () => Promise<void>) => void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'desk-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return folder
}

t.test(
  'without hardware: a virtual card is made, prepared and read in runs of their own',
  async (t) => {
    const cwd = await folderFor(t)
    const run = async (...args: readonly string[]) => {
      const { io, out } = capture(cwd)
      return { code: await dispatch([cardCommand], '1', ['card', ...args], io), out: out() }
    }
    t.equal((await run('keys', 'c.toml')).code, 0)
    const kept = ['--reader', 'simulator:one.card', '--keys', 'c.toml'] as const
    t.match(await run('prepare', ...kept), { code: 0, out: / prepared\n/ })
    t.equal((await stat(join(cwd, 'one.card'))).mode & 0o777, 0o600)
    t.match(await run('prepare', ...kept), { code: 1, out: /prepared already/ })
    const read = await run('read', ...kept, '--json')
    t.match(JSON.parse(read.out), { kind: 'blank', keys: 'of these masters' })
    const three = ['--reader', 'simulator', '--keys', 'c.toml', '--count', '3'] as const
    const { code, out } = await run('prepare', ...three)
    t.equal(code, 0)
    t.equal(new Set(out.trim().split('\n')).size, 3)
    t.match(JSON.parse((await run('read', '--reader', 'simulator', '--json')).out), {
      kind: 'blank',
    })
    t.equal((await run('read', '--reader', 'simulator:none.card')).code, 66)
    t.match((await readdir(cwd)).sort(), ['c-kiosk.toml', 'c.toml', 'one.card'])
  },
)

t.test('a port that is not there is named', async (t) => {
  const { io } = capture('/')
  await t.rejects(thisCardMachine.open('/dev/serial/by-id/none', io, 1), {
    code: 'device.missing',
  })
})

t.test('two cards: one is asked for, once, and taken when it lies alone', async (t) => {
  const cable = createPortPair('nfc')
  const field = createPn532Simulator(cable.device)
  const [one, two] = [createNtag424({ uid: uidOf(1) }), createNtag424({ uid: uidOf(2) })]
  field.place(one)
  field.place(two)
  let pauses = 0
  const machine: CardMachine = {
    ...thisCardMachine,
    pause: async () => {
      pauses++
      if (pauses === 3) field.remove(one)
    },
  }
  const { io, err } = capture()
  const desk = { ...(await openSimulatedDesk([], io.signal)), pcd: await openPn532(cable.host) }
  const picc = await awaitCard(desk, machine, io)
  t.ok(equalBytes(picc.uid, uidOf(2)))
  t.equal(pauses, 3)
  t.equal(err(), 'One card please: there are two or more.\n')
})

t.test('a pause ends with the signal', async (t) => {
  const stop = new AbortController()
  const pause = thisCardMachine.pause(60_000, stop.signal)
  stop.abort()
  await t.rejects(pause)
  await thisCardMachine.pause(0, new AbortController().signal)
})

t.test('a reader on a serial port prepares a card and tells of it', { skip }, async (t) => {
  const cwd = await folderFor(t)
  const { host, device } = await terminals(t)
  const port = await openSerialPort({ path: device, baud: 115_200 })
  const field = createPn532Simulator(port)
  const card = createNtag424({ uid: uidOf(1) })
  field.place(card)
  const run = async (...args: readonly string[]) => {
    const { io, out, err } = capture(cwd)
    const code = await dispatch([cardCommand], '1', ['card', ...args], io)
    return { code, out: out(), err: err() }
  }
  await run('keys', 'c.toml', '--policy', 'private')
  const prepared = await run('prepare', '--reader', host, '--keys', 'c.toml')
  t.match(prepared, { code: 0, out: '04550000000001 prepared\n' }, prepared.err)
  const read = await run('read', '--reader', host, '--keys', 'c-kiosk.toml', '--json')
  t.match(JSON.parse(read.out), { uid: '04550000000001', kind: 'blank', proof: 'card' })
  await port.close()
})
