import { PersonhoodError } from '../../protocol/errors.ts'

/** Something whose state can be looked at and whose changes are told. */
export type Watched<T> = {
  readonly state: T
  onState(listener: () => void): () => void
}

/**
 * The first answer of `find` that is not undefined, now or after a change. Rejects with
 * `call.story` naming what was waited for when it does not come in time.
 */
export function until<T, R>(
  watched: Watched<T>,
  what: string,
  find: (state: T) => R | undefined,
  timeoutMs = 60_000,
): Promise<R> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      try {
        const found = find(watched.state)
        if (found === undefined) return
        end()
        resolve(found)
      } catch (error) {
        end()
        reject(error)
      }
    }
    const timer = setTimeout(() => {
      end()
      const message = `after ${timeoutMs / 1000} s still no sign of ${what}`
      reject(new PersonhoodError('call.story', message))
    }, timeoutMs)
    // Who is interrupted does not wait for what no longer comes.
    timer.unref()
    const stop = watched.onState(look)
    const end = (): void => {
      clearTimeout(timer)
      stop()
    }
    look()
  })
}
