import { concat, equalBytes } from '../../protocol/bytes.ts'
import {
  type Command,
  decodeCommand,
  encodeResponse,
  type Response,
  Sw,
} from '../../protocol/card/apdu.ts'
import {
  CERTIFICATE_FILE,
  ELLIPTIC_APPLICATION,
  ELLIPTIC_CHALLENGE_BYTES,
  ellipticMessage,
  encodeCertificate,
} from '../../protocol/card/elliptic-card.ts'
import { FileId, NDEF_APPLICATION } from '../../protocol/card/ntag424.ts'
import { publicKeyOf, signMessage } from '../../protocol/secp256k1.ts'
import type { VirtualCard } from './virtual-card.ts'

/** How to make such a card: its UID of 4 or 7 bytes, its own key, and what it carries. */
export type EllipticCardOptions = {
  readonly uid: Uint8Array
  readonly privateKey: Uint8Array
  readonly ndefFile: Uint8Array
  readonly attestation?: Uint8Array
}

type Application = 'ndef' | 'elliptic'

// NFC Forum Type 4 Tag 2.0: mapping 2.0, MLe 255, MLc 255, NDEF file E104 of 256 bytes, read free, written by nobody.
const CAPABILITIES = Uint8Array.of(
  ...[0x00, 0x0f, 0x20, 0x00, 0xff, 0x00, 0xff],
  ...[0x04, 0x06, 0xe1, 0x04, 0x01, 0x00, 0x00, 0xff],
)

/** A JavaCard-style ISO 7816 card: the NDEF application, and one with an elliptic key that never leaves it. */
export function createEllipticCard(options: EllipticCardOptions): VirtualCard {
  return new EllipticCard(options)
}

class EllipticCard implements VirtualCard {
  readonly atqa: Uint8Array = Uint8Array.of(0x00, 0x48)
  readonly sak = 0x20
  // FSC 256 bytes, FWI 8; historical bytes of a card that says nothing of itself.
  readonly ats: Uint8Array = Uint8Array.of(0x05, 0x78, 0x77, 0x80, 0x02)
  readonly isAway = false
  readonly uid: Uint8Array
  readonly #privateKey: Uint8Array
  readonly #ndef: Uint8Array
  readonly #certificate: Uint8Array
  #application: Application | undefined
  #file: Uint8Array | undefined

  constructor({ uid, privateKey, ndefFile, attestation }: EllipticCardOptions) {
    this.uid = uid.slice()
    this.#privateKey = privateKey.slice()
    this.#ndef = new Uint8Array(256)
    this.#ndef.set(ndefFile)
    const publicKey = publicKeyOf(privateKey)
    this.#certificate = encodeCertificate({
      publicKey,
      attestation: attestation ?? new Uint8Array(0),
    })
  }

  arrive(): void {
    this.reset()
  }

  reset(): void {
    this.#application = undefined
    this.#file = undefined
  }

  exchange(bytes: Uint8Array): Uint8Array {
    const command = decodeCommand(bytes)
    return encodeResponse(command === undefined ? bare(Sw.wrongLength) : this.#answer(command))
  }

  #answer(command: Command): Response {
    if (command.cla !== 0x00) return bare(Sw.unknownClass)
    if (command.ins === 0xa4) return this.#select(command)
    if (command.ins === 0xb0) return this.#read(command)
    if (command.ins === 0x88) return this.#prove(command)
    return bare(Sw.unknownInstruction)
  }

  #select({ p1, data = new Uint8Array(0) }: Command): Response {
    if (p1 === 0x04) {
      const isNdef = equalBytes(data, NDEF_APPLICATION)
      const isOurs = equalBytes(data, ELLIPTIC_APPLICATION)
      // ISO/IEC 7816-4 §11.1.1: what was selected stays so where the name is unknown.
      if (!isNdef && !isOurs) return bare(Sw.notFound)
      this.#application = isNdef ? 'ndef' : 'elliptic'
      this.#file = undefined
      return bare(Sw.ok)
    }
    if (p1 !== 0x00) return bare(Sw.wrongP1P2)
    const [high = 0, low = 0] = data
    const file = this.#fileOf(high * 256 + low)
    if (data.length !== 2 || file === undefined) return bare(Sw.notFound)
    this.#file = file
    return bare(Sw.ok)
  }

  #fileOf(id: number): Uint8Array | undefined {
    if (this.#application !== 'ndef') return undefined
    if (id === FileId.capabilities) return CAPABILITIES
    return id === FileId.ndef ? this.#ndef : undefined
  }

  #read({ p1, p2, le }: Command): Response {
    const isShort = (p1 & 0x80) !== 0
    const file = isShort ? this.#byShortId(p1 & 0x1f) : this.#file
    if (file === undefined) return bare(isShort ? Sw.notFound : Sw.conditions)
    const offset = isShort ? p2 : p1 * 256 + p2
    if (le === undefined) return bare(Sw.wrongLength)
    if (offset >= file.length) return bare(Sw.wrongP1P2)
    return { data: file.slice(offset, offset + le), sw: Sw.ok }
  }

  #byShortId(id: number): Uint8Array | undefined {
    return this.#application === 'elliptic' && id === CERTIFICATE_FILE
      ? this.#certificate
      : undefined
  }

  #prove({ p1, p2, data, le }: Command): Response {
    if (this.#application !== 'elliptic') return bare(Sw.conditions)
    if (p1 !== 0 || p2 !== 0) return bare(Sw.wrongP1P2)
    if (data?.length !== ELLIPTIC_CHALLENGE_BYTES || le === undefined) return bare(Sw.wrongLength)
    return { data: signMessage(this.#privateKey, ellipticMessage(this.uid, data)), sw: Sw.ok }
  }
}

function bare(sw: number): Response {
  return { data: concat(), sw }
}
