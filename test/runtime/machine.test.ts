import t from 'tap'
import { createRunner, type Machine } from '../../runtime/machine.ts'

type State = { readonly name: 'idle' | 'writing' | 'done' }
type Event = 'card' | 'written'
type Effect = 'write' | 'light'

const card: Machine<State, Event, Effect> = (state, event) => {
  if (state.name === 'idle' && event === 'card')
    return { state: { name: 'writing' }, effects: ['write', 'light'] }
  if (state.name === 'writing' && event === 'written')
    return { state: { name: 'done' }, effects: [] }
  return undefined
}

/** Ports that write down what happened, and fail at one of the steps. */
function recorder(failAt?: string) {
  const log: string[] = []
  const step = async (name: string) => {
    await Promise.resolve()
    log.push(name)
    if (name === failAt) throw new Error(`no ${name}`)
  }
  return {
    log,
    ports: {
      persist: (state: State, effects: readonly Effect[]) =>
        step(`persist ${state.name} ${effects.length}`),
      run: (effect: Effect) => step(effect),
      logIllegal: (state: State, event: Event) => log.push(`illegal ${event} in ${state.name}`),
    },
  }
}

t.test('a state is persisted before its effects run, and events wait their turn', async (t) => {
  const { log, ports } = recorder()
  const runner = createRunner(card, { name: 'idle' }, ports)
  const fed = [runner.feed('card'), runner.feed('written'), runner.feed('card')]
  t.same(await Promise.all(fed), [true, true, false])
  t.same(log, ['persist writing 2', 'write', 'light', 'persist done 0', 'illegal card in done'])
  t.equal(runner.state.name, 'done')
})

t.test('what could not be persisted did not happen', async (t) => {
  const { log, ports } = recorder('persist writing 2')
  const runner = createRunner(card, { name: 'idle' }, ports)
  await t.rejects(runner.feed('card'), { message: 'no persist writing 2' })
  t.same(log, ['persist writing 2'])
  t.equal(runner.state.name, 'idle')
  t.equal(await runner.feed('written'), false, 'and the next event is still taken')
})

t.test(
  'a failed effect keeps the state that was persisted and stops the effects after it',
  async (t) => {
    const { log, ports } = recorder('write')
    const runner = createRunner(card, { name: 'idle' }, ports)
    await t.rejects(runner.feed('card'), { message: 'no write' })
    t.same(log, ['persist writing 2', 'write'])
    t.equal(runner.state.name, 'writing')
    t.equal(await runner.feed('written'), true)
  },
)
