import { createInterface, type Interface } from 'node:readline'
import type { Io } from '../io.ts'

/** Asks whoever runs the command; lines may be typed or piped in. */
export type Questions = {
  /** True where the answer is `yes` in full; the end of the input is a no. */
  confirm(question: string): Promise<boolean>
  close(): void
}

/** Reads nothing before the first question. */
export function openQuestions(io: Pick<Io, 'stdin' | 'stderr' | 'signal'>): Questions {
  let lines: Interface | undefined
  let answers: AsyncIterator<string> | undefined
  return {
    async confirm(question) {
      io.stderr(`${question} Type yes to do it: `)
      lines ??= createInterface({ input: io.stdin, terminal: false, signal: io.signal })
      answers ??= lines[Symbol.asyncIterator]()
      const answer = await answers.next()
      io.stderr('\n')
      return answer.done !== true && answer.value.trim().toLowerCase() === 'yes'
    },
    close: () => lines?.close(),
  }
}
