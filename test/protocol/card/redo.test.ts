import fc from 'fast-check'
import t from 'tap'
import { equalBytes, fromHex, toHex } from '../../../protocol/bytes.ts'
import { decodeCardFile, encodeCardFile, NDEF_FILE_BYTES } from '../../../protocol/card/layout.ts'
import {
  applyRedo,
  decodeRedo,
  encodeRedo,
  isRedoable,
  REDO_DONE,
  settleFile,
} from '../../../protocol/card/redo.ts'
import { parseCredential } from '../../../protocol/credential.ts'
import { FINAL_FILE, PROVISIONAL_FILE } from '../../kit/card-files.ts'
import { acceptedCuts, acceptedFlips } from '../../kit/parsers.ts'

const OLD = PROVISIONAL_FILE.credential
const NEW = FINAL_FILE.credential

function fileOf(content: typeof PROVISIONAL_FILE): Uint8Array {
  const file = new Uint8Array(NDEF_FILE_BYTES)
  file.set(encodeCardFile(content))
  return file
}

function fieldsOf(credential: Uint8Array) {
  const fields = decodeRedo(encodeRedo(credential))
  if (fields === undefined) throw new Error('a whole record is read')
  return fields
}

t.test('the record holds what an upgrade changes, each field in its place', async (t) => {
  const redo = encodeRedo(NEW)
  const { credential } = parseCredential(NEW)
  t.equal(redo.length, 96)
  t.equal(toHex(redo.slice(0, 2)), '015a', 'under way, 90 bytes')
  t.equal(toHex(redo.slice(2, 10)), toHex(NEW.slice(9, 17)), 'kid')
  t.equal(Number.parseInt(toHex(redo.slice(10, 14)), 16), credential.expires)
  t.equal(Number.parseInt(toHex(redo.slice(14, 18)), 16), credential.issued)
  t.equal(toHex(redo.slice(18, 26)), toHex(credential.id))
  t.equal(toHex(redo.slice(26, 28)), '0301', 'assurance 3, final')
  t.equal(toHex(redo.slice(28, 92)), toHex(NEW.slice(-64)), 'signature')
})

t.test('carried out on the old credential it gives the new one, and again the same', async (t) => {
  const after = applyRedo(OLD, fieldsOf(NEW))
  t.ok(after !== undefined && equalBytes(after, NEW))
  const again = after && applyRedo(after, fieldsOf(NEW))
  t.ok(again !== undefined && equalBytes(again, NEW))
  t.ok(isRedoable(OLD, NEW) && isRedoable(NEW, OLD))
  const otherBinding = NEW.with(60, (NEW[60] ?? 0) ^ 1)
  t.notOk(isRedoable(OLD, otherBinding), 'another card binding is another card')
  t.notOk(isRedoable(OLD, NEW.slice(1)))
  t.equal(applyRedo(new Uint8Array(142), fieldsOf(NEW)), undefined)
})

t.test('a record that is cut, flipped in any bit or done says nothing', async (t) => {
  const redo = encodeRedo(NEW)
  t.same(acceptedCuts(redo, decodeRedo), [])
  t.same(acceptedFlips(redo, decodeRedo), [])
  t.equal(decodeRedo(redo.with(0, REDO_DONE)), undefined)
  t.equal(decodeRedo(new Uint8Array(96)), undefined)
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 96, maxLength: 96 }),
      (b) => decodeRedo(b) === undefined,
    ),
  )
})

t.test('a record written over an older one is whole, or the older one, or nothing', async (t) => {
  const older = encodeRedo(OLD)
  const newer = encodeRedo(NEW)
  for (let cut = 0; cut <= 96; cut++) {
    const torn = older.slice()
    torn[0] = REDO_DONE
    torn.set(newer.subarray(0, cut))
    const fields = decodeRedo(torn)
    const after = fields && applyRedo(OLD, fields)
    const isSafe =
      after === undefined || equalBytes(after, OLD) || (cut === 96 && equalBytes(after, NEW))
    t.ok(isSafe, `cut at ${cut}`)
  }
})

t.test('a file is settled whatever stood in its length and its patched bytes', async (t) => {
  const settledNew = toHex(fileOf(FINAL_FILE))
  const file = fileOf(PROVISIONAL_FILE)
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 2, maxLength: 2 }),
      fc.nat({ max: 143 }),
      (nlen, cut) => {
        const torn = file.slice()
        torn.set(nlen)
        torn.set(NEW.subarray(0, cut), 12)
        const settled = settleFile(torn, fieldsOf(NEW))
        return settled !== undefined && toHex(settled) === settledNew
      },
    ),
  )
  const settledOld = settleFile(file, fieldsOf(OLD))
  t.ok(
    settledOld !== undefined && equalBytes(settledOld, file),
    'a provisional one keeps its ticket',
  )
})

t.test('a file that is not ours is not settled', async (t) => {
  const file = fileOf(PROVISIONAL_FILE)
  t.equal(settleFile(new Uint8Array(256), fieldsOf(NEW)), undefined)
  t.equal(settleFile(file.with(5, 0x71), fieldsOf(NEW)), undefined, 'another type of record')
  t.equal(settleFile(file.slice(0, 100), fieldsOf(NEW)), undefined)
  const short = fileOf({ credential: fromHex('00'.repeat(20)), ticket: undefined })
  t.equal(decodeCardFile(short).kind, 'personhood')
  t.equal(settleFile(short, fieldsOf(NEW)), undefined, 'a credential of another form')
})
