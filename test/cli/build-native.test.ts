import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const script = fileURLToPath(new URL('../../cli/build-native.js', import.meta.url))

t.test('without a C compiler the native build says so, and that none is needed', async (t) => {
  const env = { ...process.env, CC: `${t.testdir()}/no-such-compiler` }
  const { status, stderr } = spawnSync(process.execPath, [script], { env, encoding: 'utf8' })
  t.equal(status, 69)
  t.match(stderr, /no C compiler \(.*no-such-compiler\): search stays with WebAssembly/)
})
