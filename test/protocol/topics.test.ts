import fc from 'fast-check'
import t from 'tap'
import {
  allDown,
  allKioskStates,
  allKiosksUp,
  allStatusLists,
  gatewayInbox,
  gatewayPublic,
  kioskDown,
  kioskState,
  kioskUp,
  mayPublish,
  maySubscribe,
  topicRights,
  wholeInbox,
} from '../../protocol/topics.ts'
import { isTopicOf } from '../../runtime/topic-filter.ts'
import { ALDER, BIRCH } from '../kit/demo-trust.ts'

const K1 = `${ALDER}/k1`
const D = `pop/1/${ALDER}`

t.test('topics are those of the protocol', async (t) => {
  t.equal(kioskState(ALDER, 'k1'), `${D}/k/k1/state`)
  t.equal(kioskUp(ALDER, 'k1', 'enrolment'), `${D}/k/k1/up/enrolment`)
  t.equal(kioskDown(ALDER, 'k1', 'receipt'), `${D}/k/k1/dn/receipt`)
  t.equal(gatewayPublic(ALDER, 'trust'), `${D}/g/trust`)
  t.equal(gatewayInbox(ALDER, BIRCH, 'dup.query'), `${D}/g/in/${BIRCH}/dup.query`)
  t.equal(allKiosksUp(ALDER), `${D}/k/+/up/+`)
  t.equal(allKioskStates(ALDER), `${D}/k/+/state`)
  t.equal(allDown(ALDER, 'k1'), `${D}/k/k1/dn/+`)
  t.equal(wholeInbox(ALDER), `${D}/g/in/+/+`)
  t.equal(allStatusLists(ALDER), `${D}/g/status/+/full`)
})

t.test('each station publishes under its own name alone', async (t) => {
  const rows: readonly [client: string, topic: string, may: boolean][] = [
    [K1, kioskState(ALDER, 'k1'), true],
    [K1, kioskUp(ALDER, 'k1', 'enrolment'), true],
    [K1, kioskUp(ALDER, 'k2', 'enrolment'), false],
    [K1, kioskUp(ALDER, 'k11', 'enrolment'), false],
    [K1, kioskState(ALDER, 'k2'), false],
    [K1, kioskDown(ALDER, 'k1', 'receipt'), false],
    [K1, gatewayPublic(ALDER, 'trust'), false],
    [K1, gatewayInbox(ALDER, K1 as typeof ALDER, 'dup.query'), false],
    [K1, `${D}/k/k1/state/more`, false],
    [K1, kioskUp(BIRCH, 'k1', 'enrolment'), false],
    [ALDER, gatewayPublic(ALDER, 'trust'), true],
    [ALDER, kioskDown(ALDER, 'k1', 'receipt'), true],
    [ALDER, gatewayInbox(BIRCH, ALDER, 'dup.query'), false],
    [BIRCH, gatewayInbox(ALDER, BIRCH, 'dup.query'), true],
    [BIRCH, gatewayInbox(ALDER, 'demo.east.lime.oak' as typeof ALDER, 'dup.query'), false],
    [BIRCH, gatewayPublic(ALDER, 'trust'), false],
    [BIRCH, kioskDown(ALDER, 'k1', 'receipt'), false],
    ['demo.east.lime.birch/k1', gatewayInbox(ALDER, BIRCH, 'dup.query'), false],
    ['demo.east.lime.alde', `${D}/g/trust`, false],
  ]
  for (const [client, topic, may] of rows) {
    t.equal(mayPublish(ALDER, client, topic), may, `${client} -> ${topic}`)
  }
})

t.test('no wildcard is published to, and no client name is one', async (t) => {
  t.notOk(mayPublish(ALDER, K1, `${D}/k/k1/up/+`))
  t.notOk(mayPublish(ALDER, ALDER, `${D}/#`))
  t.notOk(mayPublish(ALDER, ALDER, `${D}/g/trust\0`))
  const names = ['', '+', '#', `${ALDER}/`, `${ALDER}/+`, `${ALDER}/#`, `${ALDER}/k1/up`, '/', 'A']
  for (const client of names) {
    for (const topic of [
      `${D}/k/+/up/x`,
      `${D}/k//up/x`,
      `${D}/g/in/${client}/x`,
      `${D}/g/in//x`,
    ]) {
      t.notOk(mayPublish(ALDER, client, topic), `${client} -> ${topic}`)
    }
    for (const filter of [`${D}/k/+/dn/+`, `${D}/k/#/dn/`, `${D}/g/trust`, '#']) {
      t.notOk(maySubscribe(ALDER, client, filter), `${client} <- ${filter}`)
    }
  }
})

t.test('the same rights as filters, for a broker that is configured with such', async (t) => {
  const open = ['descriptor', 'trust', 'status', 'log'].map((first) => `${D}/g/${first}/#`)
  t.same(topicRights(ALDER, K1), {
    publish: [`${D}/k/k1/state`, `${D}/k/k1/up/#`],
    receive: [...open, `${D}/k/k1/dn/#`],
  })
  t.same(topicRights(ALDER, BIRCH), { publish: [`${D}/g/in/${BIRCH}/#`], receive: open })
  t.same(topicRights(ALDER, ALDER), { publish: [`${D}/#`], receive: [`${D}/#`] })
  t.same(topicRights(ALDER, `${BIRCH}/k1`), { publish: [], receive: open })
  t.same(topicRights(ALDER, '#'), { publish: [], receive: [] })
  const level = fc.constantFrom('pop', '1', ALDER, BIRCH, 'k', 'k1', 'g', 'in', 'up', 'dn', 'trust')
  const topics = fc.array(level, { minLength: 3, maxLength: 8 }).map((levels) => levels.join('/'))
  const own = topics.map((topic) => `${D}/${topic}`)
  fc.assert(
    fc.property(fc.oneof(topics, own), fc.constantFrom(K1, ALDER, BIRCH), (topic, client) => {
      const { publish, receive } = topicRights(ALDER, client)
      const isIn = (filters: readonly string[]) =>
        filters.some((filter) => isTopicOf(filter, topic))
      // `a/#` takes `a` itself, too (MQTT 5 §4.7.1.2); nothing is sent there.
      const isEdge = [...publish, ...receive].includes(`${topic}/#`)
      return (
        isEdge ||
        (isIn(publish) === mayPublish(ALDER, client, topic) &&
          isIn(receive) === maySubscribe(ALDER, client, topic))
      )
    }),
    { numRuns: 2000 },
  )
})

t.test('each station hears what is for it and what is for everyone', async (t) => {
  const rows: readonly [client: string, filter: string, may: boolean][] = [
    [K1, allDown(ALDER, 'k1'), true],
    [K1, kioskDown(ALDER, 'k1', 'receipt'), true],
    [K1, `${D}/k/k1/dn/#`, true],
    [K1, allDown(ALDER, 'k2'), false],
    [K1, allDown(ALDER, '+'), false],
    [K1, `${D}/k/k1/#`, false],
    [K1, `${D}/k/k1/+/receipt`, false],
    [K1, allKiosksUp(ALDER), false],
    [K1, kioskUp(ALDER, 'k1', 'enrolment'), false],
    [K1, gatewayPublic(ALDER, 'trust'), true],
    [K1, gatewayPublic(ALDER, 'log/checkpoint'), true],
    [K1, allStatusLists(ALDER), true],
    [K1, wholeInbox(ALDER), false],
    [K1, `${D}/g/#`, false],
    [K1, `${D}/g/status/#`, true],
    [K1, `${D}/g/secrets`, false],
    [K1, `${D}/g/in`, false],
    [K1, `${D}/g/in/#`, false],
    [K1, `${D}/g/+/${BIRCH}/dup.query`, false],
    [K1, `${D}/g/+`, false],
    [K1, `${D}/+/in/${BIRCH}/dup.query`, false],
    [K1, `${D}/#`, false],
    [K1, '#', false],
    [K1, '+/+/+/g/in/+/+', false],
    [K1, `$share/x/${D}/g/in/+/+`, false],
    [K1, `pop/1/+/k/k1/dn/receipt`, false],
    [BIRCH, gatewayPublic(ALDER, 'trust'), true],
    [BIRCH, allStatusLists(ALDER), true],
    [BIRCH, wholeInbox(ALDER), false],
    [BIRCH, `${D}/g/in/${BIRCH}/+`, false],
    [BIRCH, allDown(ALDER, 'k1'), false],
    [ALDER, wholeInbox(ALDER), true],
    [ALDER, allKiosksUp(ALDER), true],
    [ALDER, `${D}/#`, true],
    [ALDER, wholeInbox(BIRCH), false],
    [ALDER, '#', false],
    ['demo.east.lime.alderwood', wholeInbox(ALDER), false],
  ]
  for (const [client, filter, may] of rows) {
    t.equal(maySubscribe(ALDER, client, filter), may, `${client} <- ${filter}`)
  }
})
