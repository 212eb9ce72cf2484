import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { findGallery, galleryFindings } from '../../../cli/doctor/gallery-findings.ts'
import { irisReference } from '../../../protocol/biometric-reference.ts'
import { openGallery } from '../../../runtime/gallery.ts'
import { openFileKeyStore } from '../../../runtime/key-store.ts'
import { openLmdbStore } from '../../../runtime/lmdb-store.ts'
import { randomTemplate } from '../../kit/iris-codes.ts'

/** A station's data folder in which so many persons are enrolled. */
async function stationData(data: string, persons: number): Promise<void> {
  const keys = await openFileKeyStore(join(data, 'keys'))
  const key = await keys.create('store', 32)
  const store = await openLmdbStore({ folder: join(data, 'store'), key })
  const gallery = await openGallery(store)
  for (let i = 0; i < persons; i++) {
    const references = [irisReference('left', randomTemplate(i), 80)]
    await store.commit({ writes: gallery.writes(`${i}`.padStart(32, '0'), references) })
  }
  await gallery.close()
  await store.close()
}

t.test("a stopped station's gallery is opened as the station would", async (t) => {
  const folder = t.testdir()
  await stationData(join(folder, 'data'), 3)
  for (const place of [folder, join(folder, 'data')]) {
    const [finding, ...more] = galleryFindings(await findGallery(place))
    t.match(finding, {
      name: 'gallery',
      outcome: 'ok',
      detail: /^3 persons, resident, \d+ MiB, in one thread, ready in .* s; no snapshot$/,
    })
    t.same(more, [])
  }
})

t.test('a running station is left alone', async (t) => {
  const folder = t.testdir()
  await stationData(folder, 0)
  const key = await (await openFileKeyStore(join(folder, 'keys'))).load('store')
  if (!key) throw new Error('no key')
  const store = await openLmdbStore({ folder: join(folder, 'store'), key })
  const [finding] = galleryFindings(await findGallery(folder))
  await store.close()
  t.match(finding, {
    outcome: 'ok',
    detail: new RegExp(`^no snapshot; .* in use by process ${process.pid}`),
  })
})

t.test('a snapshot is told with its age, whether the station runs or not', async (t) => {
  const folder = t.testdir()
  await stationData(folder, 0)
  await writeFile(join(folder, 'gallery.snapshot'), new Uint8Array(1_500_000))
  const madeAt = 1_800_000_000
  await utimes(join(folder, 'gallery.snapshot'), madeAt, madeAt)
  const detailAfter = async (seconds: number) =>
    galleryFindings(await findGallery(folder, madeAt + seconds))[0]?.detail
  t.match(await detailAfter(90 * 60), /; snapshot 90 minutes old, 2 MiB$/)
  t.match(await detailAfter(30 * 3600), /; snapshot 30 hours old/)
  t.match(await detailAfter(3 * 86_400), /; snapshot 3 days old/)
  const key = await (await openFileKeyStore(join(folder, 'keys'))).load('store')
  if (!key) throw new Error('no key')
  const store = await openLmdbStore({ folder: join(folder, 'store'), key })
  t.match(await detailAfter(120), /^snapshot 2 minutes old, 2 MiB; .*in use/)
  await store.close()
})

t.test('where no station is nothing is said, and nothing made', async (t) => {
  const folder = t.testdir()
  t.same(galleryFindings(await findGallery(folder)), [])
  t.same(await readdir(folder), [])
})

t.test('a store whose key is gone keeps the station from starting, and is named', async (t) => {
  const folder = t.testdir()
  await stationData(folder, 0)
  await rm(join(folder, 'keys'), { recursive: true })
  await mkdir(join(folder, 'keys'), { mode: 0o700 })
  const [finding] = galleryFindings(await findGallery(folder))
  t.match(finding, { outcome: 'fail', detail: /no store key/ })
})
