import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { restoreNtag424 } from '../../hardware/nfc/ntag424-simulator.ts'
import { openLmdbStore } from '../../runtime/lmdb-store.ts'
import { readFileOf } from '../kit/card-reading.ts'
import { startRealDistrict } from './district.ts'
import type { KioskProcessOptions } from './kiosk-process.ts'
import { journalOf } from './life.ts'

const ENTRY = fileURLToPath(new URL('kiosk-process.js', import.meta.url))
const IS_FULL = process.env['PERSONHOOD_TEST_FULL'] !== undefined
/** A spread over begun, issued and receipted; the full run kills at every commit, before and after. */
const QUICK: readonly (readonly [number, 'before' | 'after'])[] = [
  [9, 'after'],
  [12, 'before'],
]

t.test('a kiosk process killed at a commit finishes after its restart, once', async (t) => {
  if (!IS_FULL) {
    for (const [killAt, when] of QUICK) await killOnce(t, killAt, when)
    return
  }
  let isEnd = false
  for (let killAt = 1; !isEnd; killAt++) {
    await killOnce(t, killAt, 'before')
    isEnd = !(await killOnce(t, killAt, 'after'))
  }
})

/** False where the process was done before its commit came. */
async function killOnce(t: Test, killAt: number, when: 'before' | 'after'): Promise<boolean> {
  const what = `killed ${when} commit ${killAt}`
  const home = await mkdtemp(join(tmpdir(), 'kiosk-'))
  const district = await startRealDistrict(t)
  const folder = join(home, 'store')
  const cardFile = join(home, 'card')
  const options = { url: district.url, folder, cardFile, when }
  const first = await run({ ...options, killAt })
  t.ok(first === 'SIGKILL' || first === 0, `${what}: ${first}`)
  t.equal(await run({ ...options, killAt: 0 }), 0, `${what}: done after the restart`)
  t.equal(district.gateway.state.counts.enrolments, 1, `${what}: one enrolment at the gateway`)
  await district.close()

  const store = await openLmdbStore({ folder, key: new Uint8Array(32).fill(3) })
  const rows = [...(await journalOf(store))]
  const [record, row] = rows[0] ?? []
  const onCard = readFileOf(restoreNtag424(Uint8Array.from(await readFile(cardFile))))
  t.equal(rows.length, 1)
  t.equal(row?.step, 'done')
  t.same(onCard.kind === 'personhood' && onCard.credential, row?.credential, `${what}: the card`)
  t.same(await store.range('outbox'), [])
  t.same(
    (await store.range('receipt')).map(({ key }) => key),
    [record],
  )
  await store.close()
  await rm(home, { recursive: true })
  return first === 'SIGKILL'
}

async function run(options: KioskProcessOptions): Promise<number | string> {
  const child = spawn(process.execPath, [ENTRY, JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const timer = setTimeout(() => child.kill('SIGTERM'), 60_000)
  const [code, signal] = await once(child, 'exit')
  clearTimeout(timer)
  return code ?? signal
}
