import fc from 'fast-check'
import t from 'tap'
import { hasCode, PersonhoodError } from '../../protocol/errors.ts'
import { parseConfig } from '../../runtime/config.ts'
import {
  editDistance,
  flag,
  type Infer,
  integer,
  list,
  oneOf,
  optional,
  parsed,
  table,
  text,
  withDefault,
} from '../../runtime/config-schema.ts'

const schema = table({
  district: parsed(text(40), (path) => {
    if (/^[a-z.]+$/.test(path)) return path.split('.')
    throw new PersonhoodError('call.district', `${path} is no district`)
  }),
  broker: table({ url: text(), keepalive_s: withDefault(integer(10, 600), 60) }),
  mode: withDefault(oneOf('open', 'private'), 'private'),
  simulate: optional(flag()),
  peers: withDefault(list(table({ name: text(), port: integer(1, 65_535) }), 3), []),
})

const GOOD = `
district = "demo.a"
[broker]
url = "mqtt://127.0.0.1"
`

/** The problems of a configuration, without the file's name. */
function problems(toml: string): readonly string[] {
  try {
    parseConfig(toml, schema, 'kiosk.toml')
  } catch (error) {
    if (hasCode(error, 'config.invalid'))
      return error.message.replace(/^kiosk\.toml: /, '').split('; ')
    throw error
  }
  return []
}

t.test(
  'a good configuration becomes its exact type, with defaults where it is silent',
  async (t) => {
    const config: Infer<typeof schema> = parseConfig(GOOD, schema, 'kiosk.toml')
    t.same(config, {
      district: ['demo', 'a'],
      broker: { url: 'mqtt://127.0.0.1', keepalive_s: 60 },
      mode: 'private',
      simulate: undefined,
      peers: [],
    })
    const mode: 'open' | 'private' = config.mode
    t.equal(mode, 'private')
    const full = `${GOOD}keepalive_s = 300\n[[peers]]\nname = "b"\nport = 1883\n`
    t.same(parseConfig(`mode = "open"\nsimulate = true\n${full}`, schema, 'f').peers, [
      { name: 'b', port: 1883 },
    ])
  },
)

t.test('all problems come at once, each with its path', async (t) => {
  const bad = `
district = "Demo A"
mode = "secret"
simulate = "yes"
[broker]
keepalive_s = 5
[[peers]]
name = ""
port = 1.5
[[peers]]
port = 70000
`
  t.same(problems(bad), [
    'district Demo A is no district',
    'broker.url is missing',
    'broker.keepalive_s is 5, wanted a whole number from 10 to 600',
    'mode is a text of 6 characters, wanted one of open, private',
    'simulate is a text of 3 characters, wanted true or false',
    'peers[0].name is a text of 0 characters, wanted a text of 1 to 1000 characters',
    'peers[0].port is 1.5, wanted a whole number from 1 to 65535',
    'peers[1].name is missing',
    'peers[1].port is 70000, wanted a whole number from 1 to 65535',
  ])
})

t.test('an unknown key is refused, with the key that was meant', async (t) => {
  t.same(problems(`${GOOD}ulr = "x"\n`), ['broker.ulr is not known: did you mean url?'])
  t.same(problems(`distrct = "x"\n${GOOD}`), ['distrct is not known: did you mean district?'])
  t.same(problems(`colour = 1\n${GOOD}`), [
    'colour is not known (known: district, broker, mode, simulate, peers)',
  ])
  t.match(problems(`__proto__ = 1\n${GOOD}`), [/^__proto__ is not known/])
  t.match(problems(`constructor = 1\n${GOOD}`), [/^constructor is not known/])
})

t.test('a value of another kind is told by its kind, never by what a text says', async (t) => {
  const withBroker = (broker: string) => problems(`district = "a"\nbroker = ${broker}\n`)
  t.same(withBroker('"hunter2"'), ['broker is a text of 7 characters, wanted a table'])
  t.same(withBroker('[1, 2]'), ['broker is a list of 2, wanted a table'])
  t.same(withBroker('2027-01-01'), ['broker is a date, wanted a table'])
  t.same(problems(`peers = { name = "a" }\n${GOOD}`), [
    'peers is a table, wanted a list of at most 3',
  ])
  t.same(problems(`peers = [1]\n${GOOD}`), ['peers[0] is 1, wanted a table'])
  t.same(problems(`peers = [1, 2, 3, 4]\n${GOOD}`), [
    'peers is a list of 4, wanted a list of at most 3',
  ])
  t.same(problems(GOOD.replace('"demo.a"', '"a\\u0007"')), [
    'district is a text of 2 characters, wanted a text of 1 to 40 characters',
  ])
})

t.test('what is no TOML is told with line and column, and a huge file is not read', async (t) => {
  t.throws(() => parseConfig('district = "a"\nbroker = = 1\n', schema, 'kiosk.toml'), {
    code: 'config.invalid',
    message: /^kiosk\.toml:2:\d+: /,
  })
  t.throws(() => parseConfig('a = 1\na = 2\n', schema, 'f'), { code: 'config.invalid' })
  t.throws(() => parseConfig('#'.repeat(300_000), schema, 'f'), { code: 'config.invalid' })
})

t.test('a bug in a parser is not taken for a bad configuration', async (t) => {
  const buggy = table({
    a: parsed(text(), () => {
      throw new TypeError('bug')
    }),
  })
  t.throws(() => parseConfig('a = "x"', buggy, 'f'), TypeError)
})

t.test('cut anywhere or noisy, it is read or refused, and nothing else', async (t) => {
  const readOrRefused = (toml: string) => {
    problems(toml)
    return true
  }
  for (let end = 0; end < GOOD.length; end++) readOrRefused(GOOD.slice(0, end))
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), readOrRefused))
  fc.assert(
    fc.property(
      fc.nat(GOOD.length),
      fc.constantFrom('"', '[', ']', '=', '\n', '{', '\0', '\\'),
      (at, letter) => readOrRefused(GOOD.slice(0, at) + letter + GOOD.slice(at)),
    ),
  )
  t.pass()
})

t.test('any table is read whole or has a problem for each key that is wrong', async (t) => {
  const any = table({ n: integer(0, 9), on: flag(), word: optional(oneOf('x', 'y')) })
  const value = fc.oneof(
    fc.integer({ min: -5, max: 15 }),
    fc.boolean(),
    fc.constantFrom('x', 'y', 'z'),
  )
  const keys = fc.constantFrom('n', 'on', 'word', 'extra')
  fc.assert(
    fc.property(fc.dictionary(keys, value), (input) => {
      const wrong = new Set<string>()
      const { n, on, word, extra } = input
      if (!(typeof n === 'number' && n >= 0 && n <= 9)) wrong.add('n')
      if (typeof on !== 'boolean') wrong.add('on')
      if (word !== undefined && word !== 'x' && word !== 'y') wrong.add('word')
      if (extra !== undefined) wrong.add('extra')
      const told: string[] = []
      const read = any.read(input, '', (path) => told.push(path))
      const isTold = told.length === wrong.size && told.every((path) => wrong.has(path))
      const isRead = ['n', 'on', 'word'].every((key) => !wrong.has(key))
      return isTold && (read !== undefined) === isRead
    }),
  )
  t.pass()
})

t.test('the distance of two words counts letters, and a swap as one', async (t) => {
  t.equal(editDistance('', 'abc'), 3)
  t.equal(editDistance('url', 'ulr'), 1)
  t.equal(editDistance('kitten', 'sitting'), 3)
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => editDistance(a, b) === editDistance(b, a)),
  )
})
