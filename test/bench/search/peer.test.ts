import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { measurePeer } from '../../../bench/search/peer.ts'
import { seededWords } from '../../../bench/synthetic-irises.ts'

const { signal } = new AbortController()

t.test('a peer that is not there is said, and costs nothing else', async (t) => {
  const peer = await measurePeer(4, seededWords(1), signal, '/nowhere/python3')
  t.match(peer, { outcome: 'absent', why: /python3-faiss does not run here/ })
})

t.test(
  'the peer gets two counts and both planes of each code, and its figures are taken',
  async (t) => {
    const python = join(t.testdir(), 'python')
    // Says how many bytes it was given in place of a rate.
    const script = `#!/bin/sh
echo "{\\"version\\": \\"$(basename "$1")\\", \\"comparisons_per_s\\": $(wc -c)}"
`
    await writeFile(python, script)
    await chmod(python, 0o755)
    const peer = await measurePeer(4, seededWords(1), signal, python)
    t.same(peer, {
      outcome: 'measured',
      version: 'faiss-flat.py',
      comparisonsPerS: 8 + (4 + 16) * 2048,
    })
  },
)
