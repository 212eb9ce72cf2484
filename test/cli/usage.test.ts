import t from 'tap'
import { parseUsage, usageError } from '../../cli/usage.ts'

t.test(
  'options and what follows them are told apart; an unknown one is a mistake of usage',
  async (t) => {
    const { values, positionals } = parseUsage(['--json', 'a'], { json: { type: 'boolean' } })
    t.equal(values.json, true)
    t.same(positionals, ['a'])
    t.throws(() => parseUsage(['--yaml'], { json: { type: 'boolean' } }), { code: 'call.usage' })
    t.match(usageError('say what'), { code: 'call.usage', message: 'say what' })
  },
)
