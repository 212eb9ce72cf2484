import { mkdtemp, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openOperators } from '../../../firmware/operator/operators.ts'
import type { OperatorAction } from '../../../protocol/operator-key.ts'
import { createKeyBench, random } from '../../hardware/fido/bench.ts'

const PIN = '123456'

const actionOf = (
  purpose: OperatorAction['purpose'],
  detail = new Uint8Array(0),
): OperatorAction => ({
  ...{ purpose, station: 'demo.a.b.c/k1', nonce: random(16), detail },
})

/** A station with no operators yet, and keys to plug in. */
async function station() {
  const path = join(await mkdtemp(join(tmpdir(), 'operators-')), 'operators.toml')
  const operators = await openOperators({ path, random })
  const plug = async () => {
    const bench = createKeyBench({ pin: PIN })
    return { ...bench, key: await bench.open() }
  }
  return { path, operators, plug }
}

t.test('an operator enrols, logs in, and is known after a restart', async (t) => {
  const { path, operators, plug } = await station()
  const { key, until } = await plug()
  const enrolled = await until(operators.enrol(key, 'ada', { pin: PIN }))
  t.match(enrolled, { outcome: 'proved', key: { operator: 'ada', signCount: 1 } })
  t.equal((await stat(path)).mode & 0o777, 0o600)
  const login = await until(operators.prove(key, actionOf('login'), { pin: PIN }))
  t.match(login, { outcome: 'proved', key: { operator: 'ada', signCount: 2 } })
  const again = await openOperators({ path, random })
  t.equal(again.keys[0]?.signCount, 2)
  const third = await until(again.prove(key, actionOf('login'), { pin: PIN }))
  t.match(third, { outcome: 'proved', key: { signCount: 3 } })
})

t.test('what is refused changes nothing', async (t) => {
  const { path, operators, plug } = await station()
  const open = createKeyBench({})
  const unprotected = await open.open()
  t.match(await open.until(operators.enrol(unprotected, 'eve')), { reason: 'pin-not-set' })
  const { key, until } = await plug()
  t.match(await until(operators.prove(key, actionOf('login'), { pin: PIN })), {
    reason: 'not-enrolled',
  })
  t.match(await until(operators.enrol(key, 'ada', { pin: '000000' })), { reason: 'pin-wrong' })
  t.match(await until(operators.enrol(key, 'ada')), { reason: 'pin-needed' })
  await t.rejects(readFile(path), { code: 'ENOENT' })
  await until(operators.enrol(key, 'ada', { pin: PIN }))
  t.match(await until(operators.enrol(key, 'ben', { pin: PIN })), { reason: 'already-enrolled' })
  t.equal(operators.keys.length, 1)
  const stranger = await plug()
  const asked = await stranger.until(operators.prove(stranger.key, actionOf('login'), { pin: PIN }))
  t.match(asked, { reason: 'not-enrolled' })
})

t.test('two operators approve with their keys in turn, one with two keys does not', async (t) => {
  const { operators, plug } = await station()
  const [ada, ben, spare] = [await plug(), await plug(), await plug()]
  for (const [name, { key, until }] of [
    ['ada', ada],
    ['ben', ben],
    ['ada', spare],
  ] as const) {
    await until(operators.enrol(key, name, { pin: PIN }))
  }
  const action = actionOf('two-person', new Uint8Array(32).fill(9))
  const sign = async ({ key, until }: typeof ada, what = action) => {
    const answer = await until(operators.ask(key, what, { pin: PIN }))
    if ('outcome' in answer) throw new Error(answer.reason)
    return answer
  }
  const [first, second, third] = [await sign(ada), await sign(ben), await sign(spare)]
  t.match(await operators.approve(action, [first, third]), { reason: 'same-operator' })
  const both = await operators.approve(action, [first, second])
  t.match(both, { outcome: 'proved', keys: [{ operator: 'ada' }, { operator: 'ben' }] })
  t.match(await operators.approve(action, [first, second]), { reason: 'copied-key' }, 'used up')
  const other = await sign(ben, actionOf('two-person'))
  t.match(await operators.approve(action, [await sign(ada), other]), { reason: 'wrong-signature' })
})

t.test('an operator who leaves takes all their keys along', async (t) => {
  const { operators, plug } = await station()
  for (const name of ['ada', 'ben', 'ada']) {
    const { key, until } = await plug()
    await until(operators.enrol(key, name, { pin: PIN }))
  }
  t.equal(await operators.remove('ada'), true)
  t.same(
    operators.keys.map(({ operator }) => operator),
    ['ben'],
  )
  t.equal(await operators.remove('ada'), false)
})

t.test('logins at once do not lose each other', async (t) => {
  const { operators, plug } = await station()
  const [ada, ben] = [await plug(), await plug()]
  await ada.until(operators.enrol(ada.key, 'ada', { pin: PIN }))
  await ben.until(operators.enrol(ben.key, 'ben', { pin: PIN }))
  const first = operators.prove(ada.key, actionOf('login'), { pin: PIN })
  const second = operators.prove(ben.key, actionOf('login'), { pin: PIN })
  t.match(await ada.until(first), { outcome: 'proved' })
  t.match(await ben.until(second), { outcome: 'proved' })
  t.same(
    operators.keys.map(({ signCount }) => signCount),
    [2, 2],
  )
})
