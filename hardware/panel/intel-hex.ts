import { fromHex } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'

const DATA = 0x00
const END_OF_FILE = 0x01
/** Length, address (2), type, check. */
const FRAME_BYTES = 5

/** The memory image of `sizeBytes` that an Intel hex file describes; 0xFF where it says nothing. */
export function readIntelHex(text: string, sizeBytes: number): Uint8Array {
  const image = new Uint8Array(sizeBytes).fill(0xff)
  for (const line of text.split(/\r?\n/).filter((each) => each !== '')) {
    const record = line.startsWith(':') ? fromHex(line.slice(1)) : new Uint8Array(0)
    const [length = 0, high = 0, low = 0, type] = record
    const sum = record.reduce((total, byte) => (total + byte) & 0xff, 0)
    if (record.length !== length + FRAME_BYTES || sum !== 0) throw wrong(line, 'length or check')
    if (type === END_OF_FILE) return image
    if (type !== DATA) throw wrong(line, 'record type')
    const address = high * 256 + low
    if (address + length > sizeBytes) throw wrong(line, 'address')
    image.set(record.subarray(4, 4 + length), address)
  }
  throw new PersonhoodError('bytes.intel-hex', 'the file has no end record')
}

function wrong(line: string, what: string): PersonhoodError {
  return new PersonhoodError('bytes.intel-hex', `wrong ${what} in the record ${line}`)
}
