import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toHex } from '../../protocol/bytes.ts'
import { coordinates } from '../../protocol/secp256k1.ts'
import { parseTrustList } from '../../protocol/trust-list.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import type { World } from '../provision/world.ts'
import { readTrustAnchor, writeTrustFolder } from '../trust-folder.ts'
import type { Told } from './story.ts'

/** Writes what another tool needs to check the story: credentials, issuers' keys, trust folder. */
export async function writeEvidence(
  folder: string,
  { credentials }: Told,
  world: World,
  statusLists: readonly Uint8Array[],
): Promise<void> {
  await mkdir(join(folder, 'credentials'), { recursive: true })
  for (const { name, bytes } of credentials) {
    await writeFile(join(folder, 'credentials', `${name}.cbor`), bytes)
  }
  const anchor = await readTrustAnchor(world.folder)
  const trust = parseTrustList(anchor.trustList, anchor.roots, verifySecp256k1)
  const issuers = trust.keys.filter(({ use }) => use === 'provisional' || use === 'final')
  const keys = issuers.map(({ kid, publicKey }) => {
    const { x, y } = coordinates(publicKey)
    return [kid, { crv: 'secp256k1', x: toHex(x), y: toHex(y) }]
  })
  const json = JSON.stringify(Object.fromEntries(keys), null, 2)
  await writeFile(join(folder, 'keys.json'), `${json}\n`)
  await writeTrustFolder(folder, { ...anchor, statusLists })
}
