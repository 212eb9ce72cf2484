import { readdirSync, readFileSync, statSync } from 'node:fs'
import t from 'tap'
import { fromText } from '../../protocol/bytes.ts'
import { makeFolder, writeFileAtomic } from '../../runtime/atomic-file.ts'
import { failingSteps } from './failing-steps.ts'

const OLD = fromText('old content')
const NEW = fromText('new')

t.test('a file is replaced whole, readable by its owner alone unless told', async (t) => {
  const folder = t.testdir()
  const path = `${folder}/config`
  await writeFileAtomic(path, OLD)
  await writeFileAtomic(path, NEW)
  t.equal(readFileSync(path, 'utf8'), 'new')
  t.equal(statSync(path).mode & 0o777, 0o600)
  await writeFileAtomic(`${folder}/page`, NEW, { mode: 0o644 })
  t.equal(statSync(`${folder}/page`).mode & 0o777, 0o644)
  t.same(readdirSync(folder).sort(), ['config', 'page'])
})

t.test('a file that must be new never replaces one', async (t) => {
  const path = `${t.testdir()}/key`
  await writeFileAtomic(path, OLD, { isNew: true })
  await t.rejects(writeFileAtomic(path, NEW, { isNew: true }), { code: 'EEXIST' })
  t.equal(readFileSync(path, 'utf8'), 'old content')
})

for (const isNew of [false, true]) {
  t.test(`whichever step fails, the content is the old or the new (isNew ${isNew})`, async (t) => {
    const counted = failingSteps(0)
    await writeFileAtomic(`${t.testdir()}/count`, NEW, { isNew }, counted)
    t.equal(counted.count, 6, 'open, write, sync, place, open folder, sync folder')
    for (let failAt = 1; failAt <= counted.count; failAt++) {
      const folder = t.testdir(isNew ? {} : { file: 'old content' })
      const steps = failingSteps(failAt)
      await t.rejects(writeFileAtomic(`${folder}/file`, NEW, { isNew }, steps), {
        message: `step ${failAt} failed`,
      })
      const isPlaced = failAt > 4
      if (isNew && !isPlaced) t.same(readdirSync(folder), [])
      else {
        t.same(readdirSync(folder), ['file'], 'nothing unfinished is left')
        t.equal(readFileSync(`${folder}/file`, 'utf8'), isPlaced ? 'new' : 'old content')
      }
    }
  })
}

t.test('a folder is made with all above it, for its owner alone, and may be there', async (t) => {
  const folder = `${t.testdir()}/a/b/c`
  await makeFolder(folder)
  await makeFolder(folder)
  t.equal(statSync(folder).mode & 0o777, 0o700)
})
