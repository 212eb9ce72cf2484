import t from 'tap'
import type { GatewayState } from '../../gateway/gateway-state.ts'
import { gatewayRoutes } from '../../gateway/routes.ts'
import { toHex } from '../../protocol/bytes.ts'
import { startHttp } from '../../runtime/http.ts'
import { ALDER, BIRCH } from '../kit/demo-trust.ts'
import { createWorld, startDistrict, until } from './bench.ts'
import { connectKiosk } from './kiosk.ts'

t.test('the page gets the snapshot once, and then each change', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER)
  const routes = gatewayRoutes(alder.gateway, '/gateway/alder')
  const server = await startHttp({ routes: routes.routes, port: 0 })
  t.teardown(async () => {
    routes.close()
    await server.close()
  })
  const base = `${server.url}/gateway/alder`
  const once = (await (await fetch(`${base}/state`)).json()) as GatewayState
  t.equal(once.district, ALDER)
  t.equal(once.isDemo, true)
  t.same(
    once.peers.map(({ path }) => path),
    [BIRCH],
  )
  const stream = (await fetch(`${base}/events`)).body?.getReader()
  let text = ''
  const seen = (async () => {
    for (let part = await stream?.read(); part?.value; part = await stream?.read()) {
      text += new TextDecoder().decode(part.value)
      if (text.includes('"enrolments":1')) return true
    }
    return false
  })()
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  await kiosk.enrol(1)
  await until(world, () => text.includes('"enrolments":1'))
  t.ok(await seen)
  await stream?.cancel()
})

t.test('the snapshot tells no template, no card and no whole identifier', async (t) => {
  const world = createWorld()
  const alder = await startDistrict(t, world, ALDER, { peers: [] })
  const kiosk = await connectKiosk(world, `${ALDER}/k1`)
  await kiosk.enrol(1)
  const second = await kiosk.enrol(1, { captureNumber: 2 })
  await until(world, () => alder.gateway.state.counts.secondLook === 1)
  const json = JSON.stringify(alder.gateway.state)
  const { card, ticket, references, credential } = second.enrolment
  for (const secret of [card.uid, card.r, ticket, credential, second.record, second.id]) {
    t.notOk(json.includes(toHex(secret)))
  }
  for (const { bytes } of references) {
    t.notOk(json.includes(toHex(bytes.reveal().slice(0, 16))))
  }
  t.ok(json.length < 4000, `${json.length} characters`)
})
