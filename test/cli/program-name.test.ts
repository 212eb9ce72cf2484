import t from 'tap'
import { programName } from '../../cli/program-name.ts'

t.test('what is printed to type again works from where it was typed', async (t) => {
  t.equal(programName('/srv/repo/dist/cli/main.js', '/srv/repo'), 'node dist/cli/main.js')
  t.equal(programName('/srv/repo/dist/cli/main.js', '/srv/else'), 'node ../repo/dist/cli/main.js')
  t.equal(programName('/usr/local/bin/personhood', '/srv'), 'personhood')
})
