import { readCard } from '../../hardware/nfc/card.ts'
import { openPn532 } from '../../hardware/nfc/pn532.ts'
import { createPn532Simulator } from '../../hardware/nfc/simulator.ts'
import type { VirtualCard } from '../../hardware/nfc/virtual-card.ts'
import { createPortPair } from '../../hardware/sim/port-pair.ts'
import type { CardFileReading } from '../../protocol/card/layout.ts'
import { aes128, randomBytes } from '../../runtime/crypto.ts'

/** A reader of one's own, such as an integrator's phone: it reads cards and writes nothing. */
export type Phone = {
  read(card: VirtualCard): Promise<CardFileReading>
  close(): Promise<void>
}

/** It has no keys: it sees what any phone sees. */
const PHONE_TOOLS = { aes: aes128, random: randomBytes, keyring: undefined }

/** Switches the phone on. */
export async function openPhone(): Promise<Phone> {
  const { host, device } = createPortPair('phone')
  const field = createPn532Simulator(device)
  const pcd = await openPn532(host)
  return {
    async read(card) {
      field.place(card)
      try {
        const [picc] = await pcd.poll()
        if (picc === undefined) return { kind: 'foreign' }
        return (await readCard(pcd, picc, PHONE_TOOLS)).contents
      } finally {
        field.remove(card)
      }
    },
    close: () => pcd.close(),
  }
}
