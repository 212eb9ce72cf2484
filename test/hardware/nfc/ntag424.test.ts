import t from 'tap'
import {
  decodeCapabilities,
  FileId,
  getVersion,
  isNtag424,
  readBinary,
  readBytes,
  readCapabilities,
  selectFile,
  selectNdefApplication,
  updateBinary,
} from '../../../hardware/nfc/ntag424.ts'
import type { Pcd } from '../../../hardware/nfc/pn532.ts'
import { fromHex, toHex } from '../../../protocol/bytes.ts'
import { PersonhoodError } from '../../../protocol/errors.ts'
import { createBenchWithCard } from '../../kit/nfc-bench.ts'

const CONTAINER = fromHex('001720010000ff0406e10401000000')

async function openCard() {
  const bench = await createBenchWithCard()
  return { ...bench, session: { pcd: bench.pcd, picc: bench.picc, signal: undefined } }
}

/** A session with a card that gives these answers in turn; an error among them is thrown. */
function scripted(...answers: readonly (string | PersonhoodError)[]) {
  const left = [...answers]
  const pcd = {
    transceive: async () => {
      const answer = left.shift()
      if (typeof answer === 'string') return fromHex(answer)
      throw answer ?? new Error('no answer left')
    },
  } as unknown as Pcd
  return { pcd, picc: {} as never, signal: undefined }
}

t.test('the container is read and understood', async (t) => {
  const { session, pass } = await openCard()
  t.ok(await pass(selectNdefApplication(session)))
  t.same(await pass(readCapabilities(session)), {
    fileId: FileId.ndef,
    fileBytes: 256,
    maxWrite: 255,
    isReadable: true,
    isWritable: true,
  })
})

t.test('a container cut at any byte, or without an NDEF file, is none', async (t) => {
  for (let cut = 0; cut < CONTAINER.length; cut++) {
    t.equal(decodeCapabilities(CONTAINER.subarray(0, cut)), undefined)
  }
  t.match(decodeCapabilities(CONTAINER), { fileId: 0xe1_04 })
  const other = CONTAINER.with(7, 5)
  t.equal(decodeCapabilities(other), undefined)
  t.equal(decodeCapabilities(CONTAINER.with(1, 5)), undefined)
  t.match(decodeCapabilities(CONTAINER.with(14, 0xff)), { isReadable: true, isWritable: false })
  t.equal(await readCapabilities(scripted('6a82')), undefined)
  t.equal(await readCapabilities(scripted('9000', '6982')), undefined)
})

t.test('the version tells an NTAG 424 DNA from its kin', async (t) => {
  const { session, pass } = await openCard()
  const version = await pass(getVersion(session))
  t.same(version, { vendor: 4, type: 4, storage: 0x11, major: 0x30 })
  if (version === undefined) throw new Error('a version is due')
  t.ok(isNtag424(version))
  for (const other of [{ vendor: 5 }, { type: 1 }, { storage: 0x13 }]) {
    t.notOk(isNtag424({ ...version, ...other }))
  }
  t.equal(await getVersion(scripted('6d00')), undefined)
  t.equal(await getVersion(scripted('0491af', '0491af', '04911c')), undefined)
})

t.test('a file is written and read in chunks', async (t) => {
  const { session, pass } = await openCard()
  await pass(selectNdefApplication(session))
  t.notOk(await pass(selectFile(session, 0xe1_ff)))
  t.ok(await pass(selectFile(session, FileId.ndef)))
  t.equal((await pass(updateBinary(session, 238, fromHex('01020304')))).sw, 0x90_00)
  t.equal(toHex((await pass(readBinary(session, 238, 4))).data), '01020304')
  const file = await pass(readBytes(session, 0, 256))
  t.equal(file?.length, 256)
  t.equal(toHex(file?.subarray(236, 244) ?? new Uint8Array(0)), '0000010203040000')
})

t.test(
  'a card that answers short is asked on, one that answers nothing or too much is refused',
  async (t) => {
    t.equal(
      toHex((await readBytes(scripted('019000', '02039000'), 0, 3)) ?? new Uint8Array(0)),
      '010203',
    )
    t.equal(await readBytes(scripted('9000'), 0, 3), undefined)
    t.equal(await readBytes(scripted('010203049000'), 0, 3), undefined)
    t.equal(await readBytes(scripted('6982'), 0, 3), undefined)
  },
)

t.test('an answer that the reader lost is asked for again, three times in all', async (t) => {
  const lost = new PersonhoodError('device.timeout', 'no answer')
  t.equal((await readBinary(scripted(lost, lost, '019000'), 0, 1)).sw, 0x90_00)
  await t.rejects(readBinary(scripted(lost, lost, lost, '019000'), 0, 1), {
    code: 'device.timeout',
  })
  const moved = new PersonhoodError('card.moved', 'gone')
  await t.rejects(readBinary(scripted(moved, '019000'), 0, 1), { code: 'card.moved' })
})
