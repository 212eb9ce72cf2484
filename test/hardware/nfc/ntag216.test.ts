import t from 'tap'
import { readCard } from '../../../hardware/nfc/card.ts'
import {
  type Carrier,
  protectNtag216,
  readNtag216,
  writeNtag216,
} from '../../../hardware/nfc/ntag216.ts'
import { createNtag216 } from '../../../hardware/nfc/ntag216-simulator.ts'
import { equalBytes, fromHex } from '../../../protocol/bytes.ts'
import type { CardFile } from '../../../protocol/card/layout.ts'
import { FINAL_FILE, PROVISIONAL_FILE } from '../../kit/card-files.ts'
import { createBench, NO_KEYS, onlyPicc } from '../../kit/nfc-bench.ts'

const UID = fromHex('04a1b2c3d4e580')
const PASSWORD = { password: fromHex('01020304'), answer: fromHex('aabb') }

async function stage() {
  const bench = createBench()
  const tag = createNtag216(UID)
  const pcd = await bench.open()
  async function lay(): Promise<Carrier> {
    bench.chip.remove(tag)
    bench.chip.place(tag)
    return { pcd, picc: onlyPicc(await bench.pass(pcd.poll())) }
  }
  return { bench, tag, lay, carrier: await lay() }
}

async function holds(
  bench: Awaited<ReturnType<typeof stage>>['bench'],
  carrier: Carrier,
  { credential }: CardFile,
) {
  const reading = await bench.pass(readNtag216(carrier))
  return reading?.kind === 'personhood' && equalBytes(reading.credential, credential)
}

t.test(
  'a carrier takes a credential, and any tap reads it, resting on the signature',
  async (t) => {
    const { bench, carrier } = await stage()
    t.same(await bench.pass(readNtag216(carrier)), { kind: 'blank' })
    t.match(await bench.pass(readCard(carrier.pcd, carrier.picc, NO_KEYS)), {
      contents: { kind: 'foreign' },
    })
    await bench.pass(writeNtag216(carrier, PROVISIONAL_FILE))
    t.ok(await holds(bench, carrier, PROVISIONAL_FILE))
    await bench.pass(writeNtag216(carrier, FINAL_FILE))
    t.ok(await holds(bench, carrier, FINAL_FILE))
    t.match(await bench.pass(readCard(carrier.pcd, carrier.picc, NO_KEYS)), {
      contents: { kind: 'personhood' },
      proof: { kind: 'none' },
    })
  },
)

t.test('torn at any page it is old, empty or new, and the repeat finishes it', async (t) => {
  for (const isWritten of [false, true]) {
    for (let write = 1; write <= 40; write += isWritten ? 3 : 4) {
      const { bench, tag, lay, carrier } = await stage()
      await bench.pass(writeNtag216(carrier, PROVISIONAL_FILE))
      tag.tearAt(write, isWritten)
      const isTorn = await bench.pass(
        writeNtag216(carrier, FINAL_FILE).then(
          () => false,
          () => true,
        ),
      )
      const again = await lay()
      const reading = await bench.pass(readNtag216(again))
      t.ok(reading?.kind === 'personhood' || reading?.kind === 'blank', `write ${write}`)
      if (!isTorn) break
      await bench.pass(writeNtag216(again, FINAL_FILE))
      t.ok(await holds(bench, again, FINAL_FILE))
    }
  }
})

t.test('a protected carrier is read by all and written with its password alone', async (t) => {
  const { bench, lay, carrier } = await stage()
  await bench.pass(writeNtag216(carrier, PROVISIONAL_FILE))
  await bench.pass(protectNtag216(carrier, PASSWORD))
  const again = await lay()
  t.ok(await holds(bench, again, PROVISIONAL_FILE))
  await t.rejects(bench.pass(writeNtag216(again, FINAL_FILE)), { code: 'card.moved' })
  const wrong = { ...PASSWORD, password: fromHex('00000000') }
  await t.rejects(bench.pass(writeNtag216(await lay(), FINAL_FILE, wrong)), {
    code: 'card.refused',
  })
  const impostor = { ...PASSWORD, answer: fromHex('ffff') }
  await t.rejects(bench.pass(writeNtag216(await lay(), FINAL_FILE, impostor)), {
    code: 'card.refused',
  })
  const last = await lay()
  await bench.pass(writeNtag216(last, FINAL_FILE, PASSWORD))
  t.ok(await holds(bench, last, FINAL_FILE))
  const short = { ...PASSWORD, password: fromHex('01') }
  await t.rejects(bench.pass(protectNtag216(last, short)), { code: 'call.card-password' })
})

t.test("another issuer's message is left as it is", async (t) => {
  const { bench, tag, lay } = await stage()
  tag.exchange(fromHex('a2040304d500'))
  tag.exchange(fromHex('a2050107fe00'))
  const before = tag.snapshot()
  await t.rejects(bench.pass(writeNtag216(await lay(), FINAL_FILE)), { code: 'card.foreign' })
  t.ok(equalBytes(tag.snapshot(), before))
  tag.exchange(fromHex('a203ff000000'))
  t.equal(await bench.pass(readNtag216(await lay())), undefined, 'a container of another kind')
})
