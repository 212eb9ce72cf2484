/** What a machine answers to an event: where it is now, and what must be done about it. */
export type Step<State, Effect> = { readonly state: State; readonly effects: readonly Effect[] }

/** A pure state machine; `undefined` = the event is illegal in this state. */
export type Machine<State, Event, Effect> = (
  state: State,
  event: Event,
) => Step<State, Effect> | undefined

/** What a runner needs from the world. */
export type MachinePorts<State, Event, Effect> = {
  /** Must be durable when it resolves: effects run only after it. */
  readonly persist: (state: State, effects: readonly Effect[]) => Promise<void>
  /** Runs one effect; its outcome comes back as a later event. */
  readonly run: (effect: Effect) => Promise<void>
  readonly logIllegal: (state: State, event: Event) => void
}

/** A machine that is fed. */
export type Runner<State, Event> = {
  readonly state: State
  /** Resolves when the event is persisted and its effects have run; false = the event was illegal. */
  feed(event: Event): Promise<boolean>
}

/**
 * Feeds events to a machine one at a time: next state, persist, effects in order. Where `persist`
 * fails the state stays as it was and no effect runs; where an effect fails the state is kept, the
 * rest do not run, and `feed` rejects: the caller resumes from what it has persisted.
 * An effect must not await `feed` of its own runner: it would wait for itself.
 */
export function createRunner<State, Event, Effect>(
  machine: Machine<State, Event, Effect>,
  initial: State,
  ports: MachinePorts<State, Event, Effect>,
): Runner<State, Event> {
  let state = initial
  let last: Promise<unknown> = Promise.resolve()
  async function take(event: Event): Promise<boolean> {
    const step = machine(state, event)
    if (step === undefined) {
      ports.logIllegal(state, event)
      return false
    }
    await ports.persist(step.state, step.effects)
    state = step.state
    for (const effect of step.effects) await ports.run(effect)
    return true
  }
  return {
    get state() {
      return state
    },
    feed(event) {
      const turn = last.then(() => take(event))
      last = turn.catch(() => undefined) // the failure belongs to its own feed, not to the next one
      return turn
    },
  }
}
