import fc from 'fast-check'
import t from 'tap'
import { equalBytes, fromHex, toHex } from '../../../protocol/bytes.ts'
import { encodeCardFile } from '../../../protocol/card/layout.ts'
import {
  dataBytesOf,
  encodeNdefTlv,
  findNdefTlv,
  PAGE_BYTES,
  planPages,
  readCarrier,
} from '../../../protocol/card/type2.ts'
import { FINAL_FILE, PROVISIONAL_FILE } from '../../kit/card-files.ts'

const OLD = encodeNdefTlv(encodeCardFile(PROVISIONAL_FILE).subarray(2))
const NEW = encodeNdefTlv(encodeCardFile(FINAL_FILE).subarray(2))

t.test('the container tells how much there is to read', async (t) => {
  t.equal(dataBytesOf(fromHex('e1106d00')), 872)
  for (const other of ['00106d00', 'e1206d00', 'e1106df0', 'e1106d', '']) {
    t.equal(dataBytesOf(fromHex(other)), undefined, other)
  }
})

t.test(
  'the message is found behind fill and control blocks, in either form of length',
  async (t) => {
    t.same(findNdefTlv(fromHex('0304d5000107fe')), { headAt: 0, valueAt: 2, length: 4 })
    t.same(findNdefTlv(fromHex('0103a00c34000303')), { headAt: 6, valueAt: 8, length: 3 })
    t.same(findNdefTlv(fromHex('03ff0102')), { headAt: 0, valueAt: 4, length: 258 })
    t.equal(findNdefTlv(fromHex('fe0300')), undefined)
    for (const cut of ['', '00', '03', '03ff', '03ff01', '0103a0', '0103a00c34']) {
      t.equal(findNdefTlv(fromHex(cut)), 'more', cut)
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (data) => {
        const found = findNdefTlv(data)
        return found === 'more' || found === undefined || data[found.headAt] === 3
      }),
    )
  },
)

t.test('a message is laid out in whole pages and read back', async (t) => {
  t.equal(toHex(encodeNdefTlv(fromHex('d500'))), '0302d500fe000000')
  t.equal(OLD.length % PAGE_BYTES, 0)
  const tlv = findNdefTlv(NEW)
  if (tlv === 'more' || tlv === undefined) throw new Error('a message is there')
  const reading = readCarrier(NEW.slice(tlv.valueAt, tlv.valueAt + tlv.length))
  t.ok(reading.kind === 'personhood' && equalBytes(reading.credential, FINAL_FILE.credential))
  t.same(readCarrier(new Uint8Array(0)), { kind: 'blank' })
  t.same(readCarrier(fromHex('d5000107')), { kind: 'foreign' })
  t.throws(() => encodeNdefTlv(new Uint8Array(255)), { code: 'call.ndef' })
})

t.test('pages written up to any of them leave the old message, none, or the new one', async (t) => {
  const plan = planPages(OLD, NEW)
  t.ok(plan.length > 10)
  for (let done = 0; done <= plan.length; done++) {
    const area = OLD.slice()
    for (const { page, bytes } of plan.slice(0, done)) area.set(bytes, (page - 4) * PAGE_BYTES)
    const tlv = findNdefTlv(area)
    const length = tlv === 'more' || tlv === undefined ? -1 : tlv.length
    const expected = done === 0 ? OLD[1] : done === plan.length ? NEW[1] : 0
    t.equal(length, expected, `${done} pages`)
    const rest = planPages(area, NEW)
    for (const { page, bytes } of rest) area.set(bytes, (page - 4) * PAGE_BYTES)
    t.ok(equalBytes(area, NEW), 'and the next plan finishes it')
  }
  t.same(planPages(NEW, NEW), [])
})
