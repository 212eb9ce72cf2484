import t from 'tap'
import { programName } from '../../cli/program-name.ts'

t.test('what is printed to type again works from where it was typed', async (t) => {
  t.equal(programName('/work/repo/dist/cli/main.js', '/work/repo'), 'node dist/cli/main.js')
  t.equal(programName('/work/repo/dist/cli/main.js', '/work/else'), 'node ../repo/dist/cli/main.js')
  t.equal(programName('/usr/local/bin/personhood', '/work'), 'personhood')
})
