import t from 'tap'
import { progressBar } from '../../../../cli/iris/evaluate/progress.ts'

t.test('a terminal sees a bar that is wiped at the end, a pipe sees nothing', async (t) => {
  const written: string[] = []
  const stderr = (text: string) => void written.push(text)
  const bar = progressBar({ stderr, isTty: true })
  bar.show('encoding', 1, 2)
  bar.show('encoding', 1, 2)
  bar.end()
  t.equal(written.length, 2, 'the same state is not drawn twice')
  t.match(written[0], /encoding {2}\[#{15}\.{15}\] 1\/2/)
  t.equal(written[1], '\r\u001b[K')
  const silent = progressBar({ stderr: () => t.fail('wrote to a pipe'), isTty: false })
  silent.show('encoding', 1, 2)
  silent.end()
})
