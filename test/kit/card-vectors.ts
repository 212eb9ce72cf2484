import { readVectors } from './vectors.ts'

/** One authentication of NXP's examples or of a real chip; hex throughout. */
export type HandshakeVector = {
  readonly from: string
  readonly slot: number
  readonly key: string
  readonly rndA: string
  readonly challenge: string
  readonly rndB?: string
  readonly reply: string
  readonly answer: string
  readonly transaction?: string
  readonly encryptionKey?: string
  readonly macKey?: string
}

/** One command under secure messaging and its answer. */
export type CommandVector = {
  readonly from: string
  readonly mode: 'mac' | 'full'
  readonly counter: number
  readonly transaction: string
  readonly encryptionKey: string
  readonly macKey: string
  readonly code: string
  readonly header: string
  readonly data: string
  readonly field: string
  readonly answer?: string
  readonly answerData?: string
}

/** What is known of an NTAG 424 DNA from elsewhere (test/vectors/SOURCES.md). */
export type Ntag424Vectors = {
  readonly first: readonly HandshakeVector[]
  readonly nonFirst: readonly HandshakeVector[]
  readonly commands: readonly CommandVector[]
  readonly changeKey: readonly {
    readonly from: string
    readonly slot: 0 | 2
    readonly oldKey: string
    readonly newKey: string
    readonly version: number
    readonly data: string
  }[]
  readonly diversification: readonly {
    readonly from: string
    readonly master: string
    readonly input: string
    readonly key: string
  }[]
  readonly mirrors: readonly {
    readonly from: string
    readonly metaKey: string
    readonly fileKey: string
    readonly piccData: string
    readonly mac: string
    readonly encrypted?: string
    readonly macInput: string
    readonly uid: string
    readonly counter: number
    readonly fileData?: string
  }[]
}

export const NTAG424: Ntag424Vectors = readVectors<Ntag424Vectors>('ntag424.json')
