import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createClosers } from '../../cli/stations/closers.ts'
import { openGround } from '../../cli/stations/ground.ts'
import { parseKioskConfig } from '../../firmware/config.ts'
import { storedReceiptSchema } from '../../firmware/relay/outbox-row.ts'
import { parseGatewayConfig } from '../../gateway/config.ts'
import { pages } from '../../gateway/records/pages.ts'
import { leafRow, registryRow, TABLES } from '../../gateway/records/rows.ts'
import { toHex } from '../../protocol/bytes.ts'
import { parseCredential } from '../../protocol/credential.ts'
import { districtOf } from '../../protocol/district.ts'
import { openEnvelope } from '../../protocol/envelope.ts'
import { receiptSchema } from '../../protocol/messages/receipt.ts'
import { decodeRecord } from '../../protocol/schema.ts'
import { verifySecp256k1 } from '../../runtime/crypto.ts'
import type { Log } from '../../runtime/log.ts'

/** What one kiosk's store says of its records when all is over. */
export type KioskLedger = {
  /** Records of every credential that it issued. */
  readonly made: ReadonlySet<string>
  /** Log index of each record by a receipt whose signature is good. */
  readonly receipts: ReadonlyMap<string, number>
  readonly waiting: number
  readonly refused: number
}

/** What the gateway's store says. */
export type GatewayLedger = {
  /** Log index of each enrolment, by record. */
  readonly stored: ReadonlyMap<string, number>
  readonly enrolmentLeaves: number
  /** Different credentials, log indices and finals among the enrolments. */
  readonly credentials: number
  readonly logIndices: number
  readonly finals: number
}

/** Reads the ledger of a kiosk that does not run. */
export async function auditKiosk(
  configFile: string,
  folder: string,
  log: Log,
): Promise<KioskLedger> {
  const closers = createClosers(log)
  try {
    const config = parseKioskConfig(await readFile(configFile, 'utf8'), configFile)
    const { store, trust, clock } = await openGround({ config, folder, uses: ['relay'] }, closers)
    const receipts = new Map<string, number>()
    for await (const { key, value } of pages(store, 'receipt')) {
      const { envelope, received, logIndex } = decodeRecord(storedReceiptSchema, value)
      const at = { ...clock.now(), unix: received }
      const opened = openEnvelope(envelope, config.station, trust.current, at, verifySecp256k1)
      const isOfDistrict =
        'sender' in opened && opened.sender.station === districtOf(config.station)
      if (!isOfDistrict) continue
      const { rows } = decodeRecord(receiptSchema, opened.body)
      const row = rows.find(({ record }) => toHex(record) === key)
      if (row?.logIndex === logIndex) receipts.set(key, logIndex)
    }
    const made = new Set<string>()
    for await (const { key } of pages(store, 'gallery')) made.add(key)
    const waiting = (await store.range('outbox')).length
    const refused = (await store.range('outbox-refused')).length
    return { made, receipts, waiting, refused }
  } finally {
    await closers.close()
  }
}

/** Reads the ledger of a gateway that does not run. */
export async function auditGateway(configFile: string, log: Log): Promise<GatewayLedger> {
  const closers = createClosers(log)
  try {
    const config = parseGatewayConfig(await readFile(configFile, 'utf8'), configFile)
    const folder = dirname(configFile)
    const { store } = await openGround({ config, folder, uses: ['relay'] }, closers)
    const stored = new Map<string, number>()
    const credentials = new Set<string>()
    let finals = 0
    for await (const { key, value } of pages(store, TABLES.registry)) {
      const row = decodeRecord(registryRow, value)
      stored.set(key, row.logIndex)
      credentials.add(toHex(parseCredential(row.provisional).credential.id))
      if (row.stage === 'final') finals += 1
    }
    let enrolmentLeaves = 0
    for await (const { value } of pages(store, TABLES.leaves)) {
      if (decodeRecord(leafRow, value).type === 'enrolment') enrolmentLeaves += 1
    }
    return {
      ...{ stored, enrolmentLeaves, finals },
      credentials: credentials.size,
      logIndices: new Set(stored.values()).size,
    }
  } finally {
    await closers.close()
  }
}
