import { readdir } from 'node:fs/promises'
import t from 'tap'
import { measureGalleries } from '../../../bench/search/galleries.ts'

t.test('galleries are filled, asked and started anew on stores that go in the end', async (t) => {
  const parent = t.testdir()
  const steps: string[] = []
  const found = await measureGalleries(
    { eyes: 60, threads: 1, gallerySize: 1_000_000, seed: [1], parent },
    { step: (text) => void steps.push(text), signal: new AbortController().signal },
  )
  for (const { latency } of [found.lean, found.resident]) {
    t.match(latency, { asked: 30, missed: 0, points: [{ eyes: 60 }] })
  }
  t.equal(found.restarted.persons, 30, 'a process that starts anew has everybody')
  t.ok(found.restarted.loadMs > 0)
  t.same(await readdir(parent), [])
  t.ok(steps.includes('lean, 60 eyes …') && steps.includes('resident, 60 eyes …'))
})

t.test('what is stopped leaves nothing behind', async (t) => {
  const parent = t.testdir()
  const step = () => {
    throw new Error('stopped')
  }
  const signal = new AbortController().signal
  const options = { eyes: 60, threads: 1, gallerySize: 1_000_000, seed: [1], parent }
  await t.rejects(measureGalleries(options, { step, signal }), { message: 'stopped' })
  t.same(await readdir(parent), [])
})
