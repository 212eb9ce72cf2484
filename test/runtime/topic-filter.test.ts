import fc from 'fast-check'
import t from 'tap'
import { isTopicFilter, isTopicName, isTopicOf } from '../../runtime/topic-filter.ts'

t.test('a filter takes the topics that MQTT 5 §4.7 says', async (t) => {
  const cases: readonly [filter: string, topic: string, isTaken: boolean][] = [
    ['sport/tennis/player1/#', 'sport/tennis/player1', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/ranking', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
    ['sport/tennis/player1/#', 'sport/tennis/player11', false],
    ['sport/#', 'sport', true],
    ['sport/#', 'sports', false],
    ['#', 'sport/tennis', true],
    ['sport/tennis/+', 'sport/tennis/player1', true],
    ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
    ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true],
    ['+/+', '/finance', true],
    ['/+', '/finance', true],
    ['+', '/finance', false],
    ['#', '$SYS/broker', false],
    ['+/broker', '$SYS/broker', false],
    ['$SYS/#', '$SYS/broker', true],
    ['$SYS/+', '$SYS/broker', true],
    ['a/#', 'a/$SYS', true],
    ['ACCOUNTS', 'Accounts', false],
    ['$share/workers/pop/+/up', 'pop/k1/up', true],
    ['$share/workers/pop/+/up', '$share/workers/pop/k1/up', false],
    ['$share/workers', 'workers', false],
    ['pop/1/demo.a/k/+/up/+', 'pop/1/demo.a/k/k1/up/enrol', true],
    ['pop/1/demo.a/k/+/up/+', 'pop/1/demo.b/k/k1/up/enrol', false],
  ]
  for (const [filter, topic, isTaken] of cases) {
    t.equal(isTopicOf(filter, topic), isTaken, `${filter} ${topic}`)
  }
})

t.test('a malformed filter or name is told apart from a good one', async (t) => {
  for (const filter of ['#', '+', 'a/#', 'a/+/b', '/', 'a//b', '+/#', '$share/g/a/#', 'a b']) {
    t.ok(isTopicFilter(filter), JSON.stringify(filter))
  }
  const bad = [
    '',
    'a#',
    '#/a',
    'a/#/b',
    'a+',
    '+a',
    'a/b+/c',
    'a\0',
    '\ud800',
    '$share/g',
    '$share//a',
    '$share/+/a',
    '$share/g/',
    'x'.repeat(65_536),
  ]
  for (const filter of bad) t.notOk(isTopicFilter(filter), JSON.stringify(filter.slice(0, 20)))
  for (const topic of ['a', '/', 'a//b', '$SYS/x', 'é']) t.ok(isTopicName(topic), topic)
  for (const topic of ['', 'a/+', '#', 'a\0', 'x'.repeat(65_536)]) t.notOk(isTopicName(topic))
})

const level = fc.constantFrom('', 'a', 'b', '$x')
const topics = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join('/'))
const filters = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 5 }), fc.boolean())
  .map(([levels, isOpen]) => (isOpen ? [...levels, '#'] : levels).join('/'))
  .filter((filter) => filter !== '')

t.test('any filter takes what its regular expression takes', async (t) => {
  fc.assert(
    fc.property(
      filters,
      topics.filter((topic) => topic !== ''),
      (filter, topic) => {
        const pattern = filter
          .replaceAll('$', '\\$')
          .replace(/(^|\/)#$/, (_, slash) => (slash === '' ? '.*' : '(/.*)?'))
          .replaceAll('+', '[^/]*')
        const isHidden = topic.startsWith('$') && /^[+#]/.test(filter)
        return isTopicOf(filter, topic) === (new RegExp(`^${pattern}$`).test(topic) && !isHidden)
      },
    ),
    { numRuns: 2000 },
  )
  t.pass()
})

t.test('a topic is a filter that takes itself alone', async (t) => {
  fc.assert(fc.property(topics, topics, (one, other) => isTopicOf(one, other) === (one === other)))
  t.pass()
})
