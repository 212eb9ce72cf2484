import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t from 'tap'
import { dispatch } from '../../../cli/dispatch.ts'
import { createOperatorCommand } from '../../../cli/operator/command.ts'
import {
  createKeySimulator,
  type KeySimulator,
  type KeySimulatorOptions,
} from '../../../hardware/fido/simulator.ts'
import { createPortPair } from '../../../hardware/sim/port-pair.ts'
import { capture } from '../../kit/io.ts'

/** A machine with sockets for keys, in real time; a finger comes when a key waits for one. */
async function machine() {
  const cwd = await mkdtemp(join(tmpdir(), 'operator-'))
  let plugged: readonly (readonly [key: KeySimulator, open: () => ReturnType<typeof cable>])[] = []
  const cable = () => createPortPair('/dev/hidraw0')
  const make = (options: KeySimulatorOptions) => {
    // The key outlives the cable: its credentials stay.
    const pair = cable()
    const key = createKeySimulator(pair.device, options)
    return [key, () => pair] as const
  }
  const command = createOperatorCommand({
    list: async (usagePage) => {
      t.equal(usagePage, 0xf1_d0)
      return plugged.map((_, i) => ({
        ...{ path: `/dev/hidraw${i}`, vendorId: 1, productId: 2, serial: '', product: 'Key' },
      }))
    },
    open: async (path) => {
      const [, open] = plugged[Number(path.at(-1))] ?? []
      if (open === undefined) throw new Error('no such key')
      const { host } = open()
      // The cable stays in when the command is through.
      return { ...host, close: async () => undefined }
    },
  })
  return {
    make,
    plug: (...keys: readonly ReturnType<typeof make>[]) => {
      plugged = keys
    },
    run: async (args: readonly string[], typed = '') => {
      const captured = capture(cwd)
      const io = { ...captured.io, stdin: Readable.from([typed]) }
      const finger = setInterval(() => {
        for (const [key] of plugged) if (key.isWaiting) key.touch()
      }, 10)
      try {
        const code = await dispatch([command], '1', ['operator', ...args], io)
        return { code, out: captured.out(), err: captured.err() }
      } finally {
        clearInterval(finger)
      }
    },
  }
}

t.test('an operator is enrolled, checked, listed and removed', async (t) => {
  const m = await machine()
  m.plug(m.make({ pin: '123456' }))
  const enrolled = await m.run(['enrol', 'ada'], '123456\n')
  t.match(enrolled, { code: 0, out: 'ada\n', err: /Touch the key now/ })
  t.notMatch(enrolled.err, /123456/)
  t.match(await m.run(['check', '--json'], '123456\n'), {
    code: 0,
    out: '{"outcome":"proved","operator":"ada"}\n',
  })
  t.match(await m.run(['check'], '999999\n'), { code: 1, err: /not the PIN.*7 tries are left/ })
  t.match(await m.run(['list']), { code: 0, out: /^ada {2}[0-9a-f]{16}… {2}2\n$/ })
  t.match(await m.run(['remove', 'ada']), { code: 0 })
  t.match(await m.run(['remove', 'ada']), { code: 1, err: /no key here/ })
  t.match(await m.run(['list', '--json']), { code: 0, out: '[]\n' })
})

t.test('a fresh key wants a PIN first, and gets one', async (t) => {
  const m = await machine()
  m.plug(m.make({}))
  t.match(await m.run(['enrol', 'ada']), { code: 1, err: /--new-pin/ })
  t.match(await m.run(['enrol', 'ada', '--new-pin'], '4711-42\n'), { code: 0, out: 'ada\n' })
  t.match(await m.run(['enrol', 'ben', '--new-pin'], '4711-42\n'), { code: 1 })
  t.match(await m.run(['check', '--json'], '4711-42\n'), { code: 0 })
  t.match(await m.run(['check', '--json'], '0000-00\n'), { code: 1, out: /pin-wrong/ })
})

t.test('no key, two keys, no PIN and no verb are told', async (t) => {
  const m = await machine()
  t.match(await m.run(['check']), { code: 69, err: /no security key is plugged in/ })
  const key = m.make({ pin: '123456' })
  m.plug(key, m.make({ pin: '123456' }))
  t.match(await m.run(['check']), { code: 69, err: /2 security keys are plugged in/ })
  m.plug(key)
  t.match(await m.run(['enrol', 'ada'], ''), { code: 2, err: /no PIN was given/ })
  t.match(await m.run(['enrol', 'x'.repeat(65)]), { code: 2, err: /64 characters/ })
  for (const args of [[], ['enrol'], ['remove'], ['dance']]) {
    t.match(await m.run(args), { code: 2, err: /say "operator enrol NAME"/ })
  }
})
