import { cbc } from '@noble/ciphers/aes.js'
import type { Aes } from '../../protocol/card/aes-cmac.ts'

/** The virtual cards' own AES: not the one that the drivers are given, so that neither can hide a fault of the other. */
export const simulatedAes: Aes = {
  encryptCbc: (key, iv, blocks) => cbc(key, iv, { disablePadding: true }).encrypt(blocks),
  decryptCbc: (key, iv, blocks) => cbc(key, iv, { disablePadding: true }).decrypt(blocks),
}

/** What a chip draws itself: so many bytes. */
export type Draw = (lengthBytes: number) => Uint8Array

/** Fresh bytes, unless a run is to be repeated. */
export function drawBytes(lengthBytes: number): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(lengthBytes))
}
