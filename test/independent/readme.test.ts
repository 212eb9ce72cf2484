import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { writeTrustFolder } from '../../cli/trust-folder.ts'
import { DEMO_NOW, demoCredentialBytes, demoRoots, demoTrustList } from '../kit/demo-trust.ts'

const ROOT = new URL('../../../', import.meta.url)
const run = promisify(execFile)

t.test('the program in the README verifies what "demo --out" writes', async (t) => {
  const readme = readFileSync(new URL('README.md', ROOT), 'utf8')
  const [, program = ''] = /```js\n([\s\S]+?)```/.exec(readme) ?? []
  t.match(program, "'./dist/protocol/verify.js'")
  const folder = t.testdir({})
  mkdirSync(join(folder, 'out/credentials'), { recursive: true })
  const evidence = { roots: demoRoots(), trustList: demoTrustList(), statusLists: [] }
  await writeTrustFolder(join(folder, 'out'), evidence)
  writeFileSync(join(folder, 'out/credentials/leila-1-final.cbor'), demoCredentialBytes())
  // Its paths are those of a clone; here it runs elsewhere, on credentials of another day.
  const source = program
    .replaceAll("'./dist/", `'${new URL('dist/', ROOT)}`)
    .replace('createSystemClock().now()', `{ unix: ${DEMO_NOW}, uncertaintyS: 0, source: 'test' }`)
  t.not(source.includes('createSystemClock()'), 'the clock is an argument')
  writeFileSync(join(folder, 'check.mjs'), source)
  const { stdout } = await run(process.execPath, ['check.mjs'], { cwd: folder })
  t.match(stdout, "outcome: 'go'")
  t.match(stdout, "proof: 'signature'")
})
