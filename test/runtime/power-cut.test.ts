import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { isThere } from '../../cli/is-there.ts'
import { hasCode } from '../../protocol/errors.ts'
import { readSnapshot, snapshotIn } from '../../runtime/gallery/snapshot-file.ts'
import { openFileKeyStore } from '../../runtime/key-store.ts'
import { type Cut, cutsOf } from '../kit/power-cut/cuts.ts'
import { writeImage } from '../kit/power-cut/disk.ts'
import { rowsOf, statesBy, textOf } from '../kit/power-cut/marked-store.ts'
import { createRecorder, noRecorder } from '../kit/power-cut/recording.ts'
import { openStore, TEST_STORE_KEY } from './lmdb-opener.ts'

const WRITER = fileURLToPath(new URL('power-cut-writer.js', import.meta.url))
const IS_FULL = process.env['PERSONHOOD_TEST_FULL'] !== undefined
const TRIES = IS_FULL ? 20 : 1

t.test('after a power cut', { skip: noRecorder() }, async (t) => {
  t.test('a store holds all that was committed, and each change whole or not', async (t) => {
    const { cuts, faults } = await tryAll(t, 'store', async (folder, { marks }) => {
      const store = await openStore(join(folder, 'store'))
      try {
        const rows = textOf(await rowsOf(store))
        return statesBy(marks).some((state) => textOf(state) === rows)
      } finally {
        await store.close()
      }
    })
    t.same(faults, [])
    t.ok(cuts > 60, `${cuts} different disks`)
  })
  t.test('a database that does not sync is found out', async (t) => {
    const { faults } = await tryAll(t, 'unsynced', async (folder, { marks }) => {
      if (marks.length === 0) return true
      // lmdb ends the process on some of these, so no more than its first page is looked at.
      const path = join(folder, 'store/data.mdb')
      return (
        (await isThere(path)) &&
        readFileSync(path)
          .subarray(0, 4096)
          .some((byte) => byte > 0)
      )
    })
    t.ok(faults.length > 0)
  })
  t.test('a file is the old one or the new one, and the new one once it was said', async (t) => {
    const { faults } = await tryAll(t, 'atomic', holdsFile)
    t.same(faults, [])
  })
  t.test('a file that is renamed without a sync is found out', async (t) => {
    const { faults } = await tryAll(t, 'careless', holdsFile)
    t.ok(faults.some((fault) => fault.startsWith('lost')))
  })
  t.test('a key is whole or absent, and there once it was said', async (t) => {
    const { faults } = await tryAll(t, 'key', async (folder, { marks }) => {
      const keys = await openFileKeyStore(join(folder, 'keys'))
      for (const [i, name] of ['first', 'second'].entries()) {
        const key = await keys.load(name)
        if (key === undefined && marks.includes(JSON.stringify(name))) return false
        if (key?.some((byte) => byte !== i + 1) || (key && key.length !== 32)) return false
      }
      return true
    })
    t.same(faults, [])
  })
  t.test('a snapshot of the gallery is the old one or the new one', async (t) => {
    const { faults } = await tryAll(t, 'snapshot', async (folder, { marks }) => {
      const snapshot = await readSnapshot(snapshotIn(folder, TEST_STORE_KEY))
      if (snapshot === undefined) return marks.length === 0
      try {
        const parts = [await snapshot.next('head'), await snapshot.next('slab')]
        const version = snapshot.id[0] ?? 0
        const isWhole = parts.every((part) => part.every((byte) => byte === version))
        return isWhole && version >= Number(marks.at(-1) ?? 1)
      } finally {
        await snapshot.close()
      }
    })
    t.same(faults, [])
  })
})

async function holdsFile(folder: string, { marks }: Cut): Promise<boolean> {
  const path = join(folder, 'file')
  const versions = [1, 2, 3].map((version) => `version ${version} `.repeat(400))
  if (!(await isThere(path))) return marks.length === 0
  const said = versions.indexOf(JSON.parse(marks.at(-1) ?? '""'))
  return versions.indexOf(readFileSync(path, 'utf8')) >= Math.max(0, said)
}

type Tried = { readonly cuts: number; readonly faults: readonly string[] }

/** Records one way of writing, cuts it everywhere, and asks of each disk whether it is as it must be. */
async function tryAll(
  t: Test,
  way: string,
  isGood: (folder: string, cut: Cut) => Promise<boolean>,
): Promise<Tried> {
  const recorder = createRecorder(t)
  mkdirSync(recorder.root)
  const home = mkdtempSync(join(tmpdir(), 'cut-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  t.equal(await recorder.run(WRITER, [way, recorder.root]), 0)
  const acts = recorder.acts()
  const maps = acts.filter(({ kind, path }) => kind === 'map' && !path.endsWith('/lock.mdb'))
  t.same(maps, [], 'nothing is written where the recorder cannot see it')
  const faults: string[] = []
  let cuts = 0
  for (const cut of cutsOf(acts, { root: recorder.root, tries: TRIES })) {
    const folder = join(home, String(cuts++))
    writeImage(folder, cut.image)
    const fault = await isGood(folder, cut).then(
      (good) => (good ? undefined : 'not as it must be'),
      (error: unknown) => {
        if (hasCode(error, 'store') || hasCode(error, 'bytes')) return String(error)
        throw error
      },
    )
    if (fault !== undefined) faults.push(`${cut.fate} after act ${cut.after}: ${fault}`)
    rmSync(folder, { recursive: true })
  }
  return { cuts, faults }
}
