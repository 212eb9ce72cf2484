import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { protocolCddl } from '../../protocol/cddl.ts'

t.test('docs/protocol.cddl is what the tables say today', async (t) => {
  const kept = readFileSync(join('docs', 'protocol.cddl'), 'utf8')
  t.ok(
    kept.endsWith(`\n\n${protocolCddl()}`),
    'write it again: npm run build && node dist/cli/build-cddl.js',
  )
})

t.test('every message has its definition', async (t) => {
  const folder = join('dist', 'protocol', 'messages')
  const files = readdirSync(folder).filter((name) => name.endsWith('.js'))
  t.ok(files.length >= 7)
  const cddl = protocolCddl()
  for (const file of files) {
    const exported: object = await import(pathToFileURL(join(folder, file)).href)
    for (const value of Object.values(exported)) {
      if (typeof value !== 'object' || value === null || !('fields' in value)) continue
      t.ok(cddl.includes(`\n${(value as { name: string }).name} = {`), `${file}: ${value.name}`)
    }
  }
})

t.test('every name that is used is defined once', async (t) => {
  const code = protocolCddl()
    .replaceAll(/;[^\n]*/g, '')
    .replaceAll(/"[^"]*"/g, '""')
  const defined = [...code.matchAll(/^([a-z][a-z0-9-]*)(?:<content>)? = /gm)].map(
    ([, name]) => name,
  )
  t.equal(new Set(defined).size, defined.length)
  // A name before ":" is a label, one after "." an operator; the rest must be rules or the prelude's.
  const used = code
    .replaceAll(/&\([^)]*\)/g, '')
    .matchAll(/(?<![.\w-])([a-z][a-z0-9-]*)(?![\w:-])/g)
  const known = new Set([...defined, 'bstr', 'tstr', 'bool', 'uint', 'content'])
  t.same(
    [...used].map(([, name]) => name).filter((name) => !known.has(name)),
    [],
  )
})

t.test('a record is a map from its keys, optional ones marked', async (t) => {
  t.match(
    protocolCddl(),
    /\nreceipt-row = \{\n {2}1 => bstr \.size 16, ; record\n {2}\? 2 => 0\.\.9007199254740991, ; logIndex\n/,
  )
})
