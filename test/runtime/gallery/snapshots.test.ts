import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createBank } from '../../../biometrics/search/bank.ts'
import type { GalleryPerson } from '../../../biometrics/search/exhaustive.ts'
import { loadKernel } from '../../../biometrics/search/kernel.ts'
import { irisTemplateOf } from '../../../protocol/biometric-reference.ts'
import type { EyePosition } from '../../../protocol/image.ts'
import { encodeIrisTemplate, type IrisTemplate } from '../../../protocol/iris-template.ts'
import { type Gallery, type GalleryOptions, openGallery } from '../../../runtime/gallery.ts'
import type { Log } from '../../../runtime/log.ts'
import type { Store } from '../../../runtime/store.ts'
import { enrol, handleOf, probeEyes, referencesOf } from '../../kit/gallery-people.ts'
import { turned } from '../../kit/iris-codes.ts'
import { failingSteps } from '../failing-steps.ts'
import { createFailingStore, type Failure } from '../failing-store.ts'
import { openStore } from '../lmdb-opener.ts'

const key = new Uint8Array(32).fill(9)
const exact = { mode: 'exact', deadlineMs: 60_000 } as const
const person = (n: number): GalleryPerson => ({ handle: handleOf(n), ...probeEyes(10 * n) })
const people = Array.from({ length: 12 }, (_, n) => person(n))

/** A log that keeps the names of what it is told. */
function eventsLog(): Log & { readonly events: string[] } {
  const events: string[] = []
  const note = (event: string) => {
    events.push(event)
  }
  const log = { debug: note, info: note, warn: note, error: note, events, child: () => log }
  return log
}

type Place = {
  readonly store: Store
  readonly options: GalleryOptions
  readonly path: string
  readonly folder: string
}

async function place(t: Test): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'gallery-'))
  const store = await openStore(join(folder, 'store'))
  t.teardown(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })
  const path = join(folder, 'snapshot')
  const options = { memory: 'lean', threads: 0, snapshot: { path, key } } as const
  return { store, options, path, folder }
}

/** Everyone in a gallery: a probe without eyes leaves each of them undecided. */
async function everyone(gallery: Gallery): Promise<readonly string[]> {
  return (await gallery.query([], { ...exact, mode: 'fast' })).undecided
}

async function erase(gallery: Gallery, store: Store, { handle }: GalleryPerson): Promise<void> {
  await store.commit({ writes: gallery.erase(handle) })
}

/** Opens the gallery by its snapshot, if it may, and holds it against the store's own rows. */
async function agrees(t: Test, { store, options }: Place, name: string): Promise<boolean> {
  const log = eventsLog()
  const own = await openGallery(store, { ...options, log })
  const handles = (await store.range('gallery')).map((row) => row.key)
  t.same(await everyone(own), handles, name)
  for (const handle of handles) {
    const references = (await own.references(handle)) ?? []
    // Who is looked at her sketch decides, and with it whether she is found.
    const eye = (position: EyePosition) => {
      const template = irisTemplateOf(references, position)
      return template && turned(template, 1)
    }
    const probe = referencesOf({ left: eye('left'), right: eye('right') })
    const { candidates, coverage } = await own.query(probe, { ...exact, mode: 'fast' })
    const found = candidates.map((one) => one.handle)
    t.same([found, coverage.searched, coverage.known], [[handle], own.size, own.size], name)
  }
  return log.events.includes('gallery.snapshot-loaded')
}

t.test(
  'a start takes everyone from the snapshot, and what changed since from the store',
  async (t) => {
    const at = await place(t)
    const { store, options } = at
    const gallery = await openGallery(store, options)
    await enrol(gallery, store, people)
    await gallery.save()
    await erase(gallery, store, person(3))
    await enrol(gallery, store, [person(20), { ...probeEyes(999), handle: handleOf(5) }])
    t.ok(await agrees(t, at, 'after changes'), 'the snapshot was used')
    const again = await openGallery(store, options)
    t.same((await again.query(referencesOf(person(5)), exact)).candidates, [], 'she was replaced')
    t.equal((await again.query(referencesOf(probeEyes(999)), exact)).candidates.length, 1)
    await again.save()
    t.same(await store.range('gallery.changed'), [], 'no mark is left')
    t.ok(await agrees(t, at, 'saved anew'))
  },
)

t.test('a change without marks ends the use of the snapshot', async (t) => {
  const at = await place(t)
  const gallery = await openGallery(at.store, at.options)
  await enrol(gallery, at.store, people)
  await gallery.save()
  const { snapshot: _, ...others } = at.options
  const other = await openGallery(at.store, others)
  t.ok(await agrees(t, at, 'only opened'), 'opening alone ends nothing')
  await erase(other, at.store, person(1))
  t.notOk(await agrees(t, at, 'changed'), 'the snapshot was not used')
})

t.test('a snapshot that is not the one that goes with the store is not used', async (t) => {
  const at = await place(t)
  const { store, options, path } = at
  const gallery = await openGallery(store, options)
  await enrol(gallery, store, people)
  await gallery.save()
  await copyFile(path, `${path}.old`)
  await erase(gallery, store, person(2))
  await gallery.save()
  await copyFile(path, `${path}.good`)
  await copyFile(`${path}.old`, path)
  t.notOk(await agrees(t, at, 'an older one'))
  const other = await place(t)
  const foreign = await openGallery(other.store, other.options)
  await enrol(foreign, other.store, people.slice(4))
  await foreign.save()
  await copyFile(other.path, path)
  t.notOk(await agrees(t, at, 'one of another store'))
  await copyFile(`${path}.good`, path)
  t.ok(await agrees(t, at, 'the right one'))
  const elsewhere = { ...at, options: { ...options, snapshot: { path, key: new Uint8Array(32) } } }
  t.notOk(await agrees(t, elsewhere, 'under another key'))
})

t.test(
  'a snapshot that the system does not give is not used, and the station starts',
  async (t) => {
    const at = await place(t)
    const gallery = await openGallery(at.store, at.options)
    await enrol(gallery, at.store, people)
    await gallery.save()
    await rm(at.path)
    await mkdir(at.path)
    t.notOk(await agrees(t, at, 'a folder in its place'))
  },
)

t.test('a snapshot that is of no use takes no second memory', async (t) => {
  const kernel = await loadKernel('simd')
  if (kernel?.backend !== 'simd') return t.comment('no SIMD here')
  let memories = 0
  const counted: typeof kernel = {
    ...kernel,
    bind(memory) {
      memories++
      return kernel.bind(memory)
    },
  }
  const at = await place(t)
  const options = { ...at.options, kernel: counted }
  const gallery = await openGallery(at.store, options)
  t.equal(memories, 2, 'sketches, and templates that are scored')
  await enrol(gallery, at.store, people)
  await gallery.save()
  // The last part alone is wrong: all before it was taken over.
  const bytes = await readFile(at.path)
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
  await writeFile(at.path, bytes)
  t.notOk(await agrees(t, { ...at, options }, 'damaged'))
  t.equal(memories, 4)
})

t.test('a snapshot that is damaged anywhere is not used', async (t) => {
  const at = await place(t)
  const { store, options, path } = at
  const gallery = await openGallery(store, options)
  await enrol(gallery, store, people.slice(0, 3))
  await gallery.save()
  const whole = new Uint8Array(await readFile(path))
  const places = [0, 7, 8, 23, 24, 28, 40, 60, 73, 90, 5000, 200_000, whole.length - 1]
  for (const at_ of places) {
    await writeFile(path, whole.map((byte, i) => (i === at_ ? byte ^ 1 : byte))) // biome-ignore format: one line
    t.notOk(await agrees(t, at, `a bit at ${at_}`))
    await writeFile(path, whole.subarray(0, at_))
    t.notOk(await agrees(t, at, `cut at ${at_}`))
  }
  await writeFile(path, new Uint8Array([...whole, 1]))
  t.notOk(await agrees(t, at, 'a byte more'))
  await writeFile(path, whole)
  t.ok(await agrees(t, at, 'whole again'))
})

/** A gallery's days: people come, go and are replaced, before, during and after snapshots. */
async function days(gallery: Gallery, store: Store): Promise<void> {
  await enrol(gallery, store, people.slice(0, 6))
  await gallery.save()
  await erase(gallery, store, person(1))
  await enrol(gallery, store, [person(6), { ...probeEyes(500), handle: handleOf(2) }])
  // Erased in memory, and the commit comes while the snapshot is written.
  const erasing = gallery.erase(person(3).handle)
  const saving = gallery.save()
  saving.catch(() => undefined)
  try {
    await enrol(gallery, store, [person(7)])
    await store.commit({ writes: erasing })
    await erase(gallery, store, person(6))
    await enrol(gallery, store, [person(6)])
  } finally {
    // The file may be finished after the store is gone.
    await saving.catch(() => undefined)
  }
  await saving
  // Erased in memory, and the commit comes after the snapshot; the same for who is durable first.
  const erasingLate = gallery.erase(person(4).handle)
  const late = person(9)
  await store.commit({ writes: gallery.writes(late.handle, referencesOf(late)) })
  await gallery.save()
  await store.commit({ writes: erasingLate })
  gallery.admit(late.handle, referencesOf(late))
  await erase(gallery, store, person(0))
  await enrol(gallery, store, [person(8), person(1)])
  await gallery.save()
  await erase(gallery, store, person(8))
}

t.test('after a crash at any commit a start finds exactly who is in the store', async (t) => {
  let commits = 0
  let used = 0
  for (let at = 1; at === 1 || at <= commits; at++) {
    for (const when of ['before', 'after'] as const) {
      const own = await place(t)
      const failure: Failure = { at, when }
      const failing = createFailingStore(own.store, failure)
      const gallery = await openGallery(failing, own.options)
      await t.rejects(days(gallery, failing), { code: 'store.failed' }, `commit ${at}, ${when}`)
      if (await agrees(t, own, `commit ${at}, ${when}`)) used++
    }
    if (at === 1) commits = await countCommits(t)
  }
  t.ok(commits > 12, `${commits} commits`)
  t.ok(used > commits, 'most starts used a snapshot')
})

async function countCommits(t: Test): Promise<number> {
  const { store, options } = await place(t)
  const counting = createFailingStore(store, { at: Number.POSITIVE_INFINITY, when: 'before' })
  await days(await openGallery(counting, options), counting)
  return counting.commits
}

t.test(
  'after a fault at any step of writing a snapshot nothing is lost, and no part is left',
  async (t) => {
    let steps = 1
    for (let failAt = 1; failAt <= steps; failAt++) {
      const own = await place(t)
      const fileSteps = failingSteps(failAt)
      const gallery = await openGallery(own.store, { ...own.options, fileSteps })
      // The gallery goes on without its snapshot, as the process does.
      await daysWithoutSaves(gallery, own.store)
      await agrees(t, own, `step ${failAt}`)
      t.same((await readdir(own.folder)).filter((name) => name.includes('unfinished')), []) // biome-ignore format: one line
      steps = Math.max(steps, fileSteps.count)
    }
    t.ok(steps > 12, `${steps} steps`)
  },
)

function daysWithoutSaves(gallery: Gallery, store: Store): Promise<void> {
  return days({ ...bound(gallery), save: () => gallery.save().catch(() => undefined) }, store)
}

function bound(gallery: Gallery): Gallery {
  return {
    size: gallery.size,
    state: gallery.state,
    writes: (...args) => gallery.writes(...args),
    references: (...args) => gallery.references(...args),
    admit: (...args) => gallery.admit(...args),
    admitRow: (...args) => gallery.admitRow(...args),
    forget: (...args) => gallery.forget(...args),
    erase: (...args) => gallery.erase(...args),
    query: (...args) => gallery.query(...args),
    save: () => gallery.save(),
    close: () => gallery.close(),
  }
}

t.test('what a crash left of a snapshot goes with the next start', async (t) => {
  const at = await place(t)
  await writeFile(`${at.path}.0123456789ab.unfinished`, 'half')
  await writeFile(join(at.folder, 'another.0123456789ab.unfinished'), 'not ours')
  await openGallery(at.store, at.options)
  t.same((await readdir(at.folder)).sort(), ['another.0123456789ab.unfinished', 'store'])
})

t.test('neither store nor snapshot has a template or a sketch in the clear', async (t) => {
  const at = await place(t)
  const gallery = await openGallery(at.store, at.options)
  await enrol(gallery, at.store, people)
  await gallery.save()
  const bank = createBank(await loadKernel(), 'lean')
  for (const [row, one] of people.entries()) bank.put(row, one)
  const secrets = [
    ...people.flatMap(({ left, right }) => [left, right]).map((eye) => encoded(eye)),
    ...(bank.memory?.sketches(0) ?? []).map((area) => area.slice(0, 12 * 64)),
  ]
  const files = await filesUnder(at.folder)
  t.ok(
    files.some((file) => file.endsWith('data.mdb')),
    'the store was looked at',
  )
  for (const file of files) {
    const bytes = Buffer.from(await readFile(file))
    for (const secret of secrets) {
      for (let from = 0; from + 16 <= secret.length; from += 64) {
        const slice = secret.subarray(from, from + 16)
        if (slice.some((byte) => byte !== 0) && bytes.includes(Buffer.from(slice)))
          t.fail(`${file} at ${from}`)
      }
    }
  }
  t.ok(bytesAre(secrets), 'there was something to look for')
})

function encoded(eye: IrisTemplate | undefined): Uint8Array {
  if (!eye) throw new Error('no eye')
  return encodeIrisTemplate(eye)
}

function bytesAre(secrets: readonly Uint8Array[]): boolean {
  return secrets.length === 30 && secrets.every((bytes) => bytes.some((byte) => byte !== 0))
}

async function filesUnder(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ path, name }) => join(path, name))
}
