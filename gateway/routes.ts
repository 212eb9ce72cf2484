import type { Routes } from '../runtime/http-reply.ts'
import { createStateStream } from '../runtime/server-sent-events.ts'
import type { Gateway } from './gateway.ts'
import type { GatewayState } from './gateway-state.ts'

/** The routes of one gateway's page, and what ends them. */
export type GatewayRoutes = {
  readonly routes: Routes
  close(): void
}

/**
 * Routes under a prefix such as `/gateway/demo.east.lime.alder` (empty for the root): `state`, the
 * snapshot once, and `events`, the snapshot now and at each change. The page's files are assets.
 */
export function gatewayRoutes<State = GatewayState>(
  gateway: { readonly state: State } & Pick<Gateway, 'onState'>,
  prefix = '',
): GatewayRoutes {
  const stream = createStateStream<State>(gateway.state)
  const stop = gateway.onState(() => stream.publish(gateway.state))
  return {
    routes: {
      [`GET ${prefix}/events`]: stream.handler,
      [`GET ${prefix}/state`]: () => ({
        status: 200,
        type: 'application/json',
        body: JSON.stringify(gateway.state),
      }),
    } as Routes,
    close() {
      stop()
      stream.close()
    },
  }
}
