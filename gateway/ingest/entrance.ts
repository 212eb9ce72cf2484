import { CHUNK } from '../../protocol/messages/chunk.ts'
import { ENROLMENT } from '../../protocol/messages/enrolment.ts'
import { FINAL_REQUEST } from '../../protocol/messages/final.ts'
import { LEASE_REQUEST } from '../../protocol/messages/lease.ts'
import { TAP_COUNTS } from '../../protocol/messages/tap-counts.ts'
import type { IngestContext } from '../context.ts'
import { type AssemblyPorts, createAssembly } from './chunks.ts'
import { type EnrolPorts, takeEnrolment } from './enrol.ts'
import type { Entrance, Handler } from './intake.ts'
import { takeFinalRequest, takeLeaseRequest, takeTapCounts } from './requests.ts'

/** Where kiosks come in: `pop/1/<district>/k/<kiosk>/up/<type>`. */
export function kioskEntrance(
  context: IngestContext,
  ports: EnrolPorts & Omit<AssemblyPorts, 'whole'>,
): Entrance {
  const { district } = context
  const handlers = new Map<string, Handler>([
    [ENROLMENT, (_, request) => takeEnrolment(context, ports, request)],
    [TAP_COUNTS, (_, request) => takeTapCounts(context, request)],
    [LEASE_REQUEST, (_, request) => takeLeaseRequest(context, ports.leases, request)],
    [FINAL_REQUEST, (_, request) => takeFinalRequest(context, request)],
  ])
  // What comes in chunks is taken as if it had come whole.
  const whole = new Map(handlers)
  handlers.set(CHUNK, createAssembly(context, { ...ports, whole }))
  return {
    whose(topic) {
      const [, , , , kiosk = '', , type = ''] = topic.split('/')
      return { station: `${district}/${kiosk}`, type }
    },
    handlers,
    answers: new Set(),
    serves: (station) => station.startsWith(`${district}/`),
  }
}
