import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromHex, toHex } from '../protocol/bytes.ts'
import { parseDistrictPath } from '../protocol/district.ts'
import { PersonhoodError } from '../protocol/errors.ts'
import { parseStatusList, type StatusList } from '../protocol/status-list.ts'
import { parseTrustList, type RootSet, type Trust } from '../protocol/trust-list.ts'
import { deflate, inflate, verifySecp256k1 } from '../runtime/crypto.ts'

/** What a verifier needs offline: pinned roots, the signed trust list, the newest status lists. */
export type TrustFolder = {
  readonly roots: RootSet
  readonly trustList: Uint8Array
  readonly statusLists: readonly Uint8Array[]
}

/** A trust folder, read and verified. */
export type VerifierTrust = {
  readonly trust: Trust
  readonly status: (district: string, list: number) => StatusList | undefined
}

const ROOTS = 'roots.json'
const TRUST_LIST = 'trust.cbor'
const STATUS = 'status'

/** Writes `roots.json`, `trust.cbor` and `status/<n>.cbor`. */
export async function writeTrustFolder(folder: string, content: TrustFolder): Promise<void> {
  await mkdir(join(folder, STATUS), { recursive: true })
  await writeFile(join(folder, ROOTS), rootsJson(content.roots))
  await writeFile(join(folder, TRUST_LIST), content.trustList)
  for (const [i, list] of content.statusLists.entries()) {
    await writeFile(join(folder, STATUS, `${i}.cbor`), list)
  }
}

/** Roots and signed list of a trust folder, the list as it is: whoever uses it verifies it. */
export async function readTrustAnchor(
  folder: string,
): Promise<Pick<TrustFolder, 'roots' | 'trustList'>> {
  const roots = parseRoots(await readFile(join(folder, ROOTS), 'utf8'))
  return { roots, trustList: new Uint8Array(await readFile(join(folder, TRUST_LIST))) }
}

/** Reads and verifies a trust folder; throws `bytes.*` or `file.*` naming what is wrong. */
export async function readTrustFolder(folder: string): Promise<VerifierTrust> {
  const { roots, trustList } = await readTrustAnchor(folder)
  const trust = parseTrustList(trustList, roots, verifySecp256k1)
  const names = await readdir(join(folder, STATUS)).catch(() => [])
  const lists = new Map<string, StatusList>()
  for (const name of names.sort()) {
    const bytes = await readFile(join(folder, STATUS, name))
    const list = parseStatusList(bytes, trust, verifySecp256k1, { deflate, inflate })
    const key = `${list.district} ${list.list}`
    if ((lists.get(key)?.issued ?? -1) < list.issued) lists.set(key, list)
  }
  return { trust, status: (district, list) => lists.get(`${district} ${list}`) }
}

/** The text of a `roots.json`. */
export function rootsJson({ path, publicKeys, threshold }: RootSet): string {
  return `${JSON.stringify({ path, threshold, publicKeys: publicKeys.map(toHex) }, null, 2)}\n`
}

/** The pinned roots of a `roots.json`; throws `bytes.roots`. */
export function parseRoots(text: string): RootSet {
  try {
    const { path, threshold, publicKeys } = JSON.parse(text) as {
      path: string
      threshold: number
      publicKeys: string[]
    }
    if (!Number.isInteger(threshold) || threshold < 1 || threshold > publicKeys.length) {
      throw new PersonhoodError(
        'bytes.roots',
        `${threshold} of ${publicKeys.length} roots cannot sign`,
      )
    }
    return { path: parseDistrictPath(path), threshold, publicKeys: publicKeys.map(fromHex) }
  } catch (cause) {
    if (cause instanceof PersonhoodError) throw cause
    throw new PersonhoodError(
      'bytes.roots',
      'roots.json is not {"path": text, "threshold": number, "publicKeys": [hex, …]}',
      { cause },
    )
  }
}
