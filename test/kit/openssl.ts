import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concat, fromHex } from '../../protocol/bytes.ts'

/** What stands before a compressed point of secp256k1 in a SubjectPublicKeyInfo (RFC 5480 §2). */
const KEY_HEAD = fromHex('3036301006072a8648ce3d020106052b8104000a032200')

/** Whether the openssl program takes r ‖ s for this key's ECDSA signature of SHA-256 of the message. */
export function opensslVerifies(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'openssl-'))
  const file = (name: string, bytes: Uint8Array): string => {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    return path
  }
  try {
    const key = file('key', concat(KEY_HEAD, publicKey))
    const signed = file('signature', derOf(signature))
    const { stdout } = spawnSync(
      'openssl',
      [
        'dgst',
        '-sha256',
        '-keyform',
        'DER',
        '-verify',
        key,
        '-signature',
        signed,
        file('message', message),
      ],
      { encoding: 'utf8' },
    )
    return stdout.trim() === 'Verified OK'
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** SEQUENCE of r and s as INTEGERs (RFC 3279 §2.2.3). */
function derOf(signature: Uint8Array): Uint8Array {
  const numbers = concat(integer(signature.slice(0, 32)), integer(signature.slice(32)))
  return concat(Uint8Array.of(0x30, numbers.length), numbers)
}

function integer(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0)
  const digits = bytes.slice(start)
  const isHigh = (digits[0] ?? 0) >= 0x80
  const value = isHigh ? concat(Uint8Array.of(0), digits) : digits
  return concat(Uint8Array.of(0x02, value.length), value)
}
