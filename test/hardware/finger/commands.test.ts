import t from 'tap'
import {
  encodeAura,
  MAX_UPLOAD_BYTES,
  readParameters,
  unpackImage,
} from '../../../hardware/finger/commands.ts'
import { fromHex, toHex } from '../../../protocol/bytes.ts'

t.test('parameters: packet size and rate', async (t) => {
  const bytes = [
    '0000', // status
    '0009', // system
    '00c8', // places
    '0003', // security
    'ffffffff', // address
    '0002', // 128 bytes
    '0006', // 57600
  ].join('')
  t.same(readParameters(fromHex(bytes)), { packetBytes: 128, baud: 57_600 })
  for (let cut = 0; cut < 16; cut++)
    t.equal(readParameters(fromHex(bytes.slice(0, 2 * cut))), undefined)
  t.equal(readParameters(fromHex(bytes.replace('00020006', '00040006'))), undefined)
  t.equal(readParameters(fromHex(bytes.replace('00020006', '00020000'))), undefined)
})

t.test('a light is motion, speed, colour and repetitions', async (t) => {
  t.equal(toHex(encodeAura({ motion: 'breathe', colour: 'blue', speed: 100 })), '01640200')
  t.throws(() => encodeAura({ motion: 'steady', colour: 'red', times: 256 }), {
    code: 'call.finger-light',
  })
})

t.test('two pixels a byte, the left one high, stretched to 0..255', async (t) => {
  const packed = new Uint8Array(MAX_UPLOAD_BYTES)
  packed[0] = 0xf0
  packed[127] = 0x1e
  const image = unpackImage(packed)
  t.same([image?.width, image?.height], [256, 288])
  t.same([...(image?.pixels.subarray(0, 3) ?? [])], [255, 0, 0])
  t.same([...(image?.pixels.subarray(254, 257) ?? [])], [17, 238, 0])
})

t.test('the size of a picture is known by its bytes, and by no others', async (t) => {
  t.equal(unpackImage(new Uint8Array(18_432))?.width, 192)
  t.equal(unpackImage(new Uint8Array(12_800))?.width, 160)
  for (const length of [0, 18_431, 36_863, 36_865]) {
    t.equal(unpackImage(new Uint8Array(length)), undefined)
  }
})
