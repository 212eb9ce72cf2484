import t from 'tap'
import { logIrisBackend } from '../../runtime/iris-backend.ts'
import { createLog } from '../../runtime/log.ts'

function linesFor(state: Parameters<typeof logIrisBackend>[0]): readonly string[] {
  const lines: string[] = []
  const clock = { now: () => ({ unix: 0, uncertaintyS: 0, source: 'system' as const }) }
  const write = (line: string) => void lines.push(line)
  logIrisBackend(state, createLog({ level: 'info', write, clock, isForPeople: false }))
  return lines
}

t.test('a build that was left out is named loudly', async (t) => {
  const [fault, backend] = linesFor('outdated')
  t.match(fault, /"level":"error","event":"iris.kernel-outdated".*npm run build/)
  t.match(backend, /"event":"iris.backend","backend":"typescript"/)
})

t.test('what encodes irises stands in the log', async (t) => {
  t.match(linesFor('works').join(), /^[^\n]*"event":"iris.backend","backend":"simd"[^\n]*\n$/)
  t.match(
    linesFor('absent').join(),
    /^[^\n]*"event":"iris.backend","backend":"typescript"[^\n]*\n$/,
  )
})
