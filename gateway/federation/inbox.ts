import type { DistrictPath } from '../../protocol/district.ts'
import { DUP_ANSWER, DUP_CASE, DUP_QUERY } from '../../protocol/messages/duplicate.ts'
import { RECEIPT } from '../../protocol/messages/receipt.ts'
import type { Cases } from '../check/cases.ts'
import type { Checks } from '../check/checks.ts'
import type { GatewayContext } from '../context.ts'
import type { Entrance, Handler } from '../ingest/intake.ts'
import type { Answering } from './answering.ts'
import { takeAnswer, takeCase } from './asking.ts'
import type { Peers } from './peers.ts'
import { takeReceipt } from './telling.ts'

/** Where peers come in: `pop/1/<district>/g/in/<peer>/<type>`. */
export function peerEntrance(
  context: GatewayContext,
  parts: {
    readonly cases: Cases
    readonly checks: Checks
    readonly answering: Answering
    readonly peers: Peers
  },
): Entrance {
  const { checks, cases, answering, peers } = parts
  const handlers = new Map<string, Handler>([
    [DUP_QUERY, (peer, request) => answering.take(peer as DistrictPath, request)],
    [DUP_ANSWER, (peer, request) => takeAnswer(context, checks, peer as DistrictPath, request)],
    [DUP_CASE, (peer, request) => takeCase(context, parts, peer as DistrictPath, request)],
    [
      RECEIPT,
      async (peer, request) => {
        const path = peer as DistrictPath
        const told = await takeReceipt(context, cases, path, request)
        for (const id of told) peers.courier(path)?.settle(caseParcel(id))
        return undefined
      },
    ],
  ])
  return {
    whose(topic) {
      const [, , , , , station = '', type = ''] = topic.split('/')
      return { station, type }
    },
    handlers,
    answers: new Set([DUP_ANSWER, RECEIPT]),
    serves: (station) =>
      station !== context.district &&
      context.trust.current.districts.some((district) => district === station),
  }
}

/** Name of a question in a courier's hands. */
export function queryParcel(record: string): string {
  return `query/${record}`
}

/** Name of a case in a courier's hands. */
export function caseParcel(id: string): string {
  return `case/${id}`
}
