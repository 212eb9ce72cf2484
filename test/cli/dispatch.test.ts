import t from 'tap'
import { dispatch } from '../../cli/dispatch.ts'
import type { Command } from '../../cli/io.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { capture } from '../kit/io.ts'

const greet: Command = {
  name: 'greet',
  summary: 'says hello',
  help: 'personhood greet\n',
  async run(args, io) {
    if (args[0] === 'nobody') return 1
    if (args[0] === 'broken') throw new PersonhoodError('bytes.cbor', 'cut short at byte 3')
    if (args[0] === 'gone') throw new PersonhoodError('device.missing', 'no reader')
    io.stdout('hello\n')
    return 0
  },
}

t.test('a command runs and its answer is the exit code', async (t) => {
  const { io, out } = capture()
  t.equal(await dispatch([greet], '1.2.3', ['greet'], io), 0)
  t.equal(out(), 'hello\n')
  t.equal(await dispatch([greet], '1.2.3', ['greet', 'nobody'], io), 1)
})

t.test('without a command the overview goes to stderr and the exit code is 2', async (t) => {
  const { io, out, err } = capture()
  t.equal(await dispatch([greet], '1.2.3', [], io), 2)
  t.equal(out(), '')
  t.match(err(), 'says hello')
})

t.test('help and version are data on stdout', async (t) => {
  for (const [args, wanted] of [
    [['--help'], 'says hello'],
    [['help', 'greet'], 'personhood greet'],
    [['greet', '--help'], 'personhood greet'],
    [['--version'], 'personhood 1.2.3'],
  ] as const) {
    const { io, out } = capture()
    t.equal(await dispatch([greet], '1.2.3', args, io), 0)
    t.match(out(), wanted)
  }
})

t.test('an unknown command is named and the nearest is offered', async (t) => {
  const { io, err } = capture()
  t.equal(await dispatch([greet], '1.2.3', ['grete'], io), 2)
  t.match(err(), 'did you mean "greet"')
})

t.test('an error is one sentence on stderr with its code, and a sysexits code', async (t) => {
  const { io, err } = capture()
  t.equal(await dispatch([greet], '1.2.3', ['greet', 'broken'], io), 65)
  t.equal(err(), 'personhood greet: cut short at byte 3 (bytes.cbor)\n')
  t.equal(await dispatch([greet], '1.2.3', ['greet', 'gone'], io), 69)
})
