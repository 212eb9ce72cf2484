import t from 'tap'
import { createNtag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { converse, type VirtualCard } from '../../../hardware/nfc/virtual-card.ts'
import { fromHex, toHex } from '../../../protocol/bytes.ts'
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
} from '../../../protocol/card/ntag424.ts'
import { CARD_UID } from '../../kit/nfc-bench.ts'

const CONTAINER = fromHex('001720010000ff0406e10401000000')

function openCard(): VirtualCard {
  return createNtag424({ uid: CARD_UID })
}

/** A card that gives these answers in turn. */
function scripted(...answers: readonly string[]): Pick<VirtualCard, 'exchange'> {
  const left = [...answers]
  return { exchange: () => fromHex(left.shift() ?? '') }
}

t.test('the container is read and understood', async (t) => {
  const card = openCard()
  t.ok(converse(card, selectNdefApplication()))
  t.same(converse(card, readCapabilities()), {
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
  t.equal(converse(scripted('6a82'), readCapabilities()), undefined)
  t.equal(converse(scripted('9000', '6982'), readCapabilities()), undefined)
})

t.test('the version tells an NTAG 424 DNA from its kin', async (t) => {
  const card = openCard()
  const version = converse(card, getVersion())
  t.same(version, { vendor: 4, type: 4, storage: 0x11, major: 0x30 })
  if (version === undefined) throw new Error('a version is due')
  t.ok(isNtag424(version))
  for (const other of [{ vendor: 5 }, { type: 1 }, { storage: 0x13 }]) {
    t.notOk(isNtag424({ ...version, ...other }))
  }
  t.equal(converse(scripted('6d00'), getVersion()), undefined)
  t.equal(converse(scripted('0491af', '0491af', '04911c'), getVersion()), undefined)
})

t.test('a file is written and read in chunks', async (t) => {
  const card = openCard()
  converse(card, selectNdefApplication())
  t.notOk(converse(card, selectFile(0xe1_ff)))
  t.ok(converse(card, selectFile(FileId.ndef)))
  t.equal(converse(card, updateBinary(238, fromHex('01020304'))).sw, 0x90_00)
  t.equal(toHex(converse(card, readBinary(238, 4)).data), '01020304')
  const file = converse(card, readBytes(0, 256))
  t.equal(file?.length, 256)
  t.equal(toHex(file?.subarray(236, 244) ?? new Uint8Array(0)), '0000010203040000')
})

t.test(
  'a card that answers short is asked on, one that answers nothing or too much is refused',
  async (t) => {
    t.equal(
      toHex(converse(scripted('019000', '02039000'), readBytes(0, 3)) ?? new Uint8Array(0)),
      '010203',
    )
    t.equal(converse(scripted('9000'), readBytes(0, 3)), undefined)
    t.equal(converse(scripted('010203049000'), readBytes(0, 3)), undefined)
    t.equal(converse(scripted('6982'), readBytes(0, 3)), undefined)
  },
)
