import type { DistrictPath, StationPath } from '../../protocol/district.ts'
import type { Lease } from '../../protocol/messages/lease.ts'

/** The text of a `gateway.toml`. */
export function gatewayToml(options: {
  readonly path: DistrictPath
  readonly brokerPort: number
  readonly pagePort: number
  readonly peers: readonly { readonly path: DistrictPath; readonly brokerPort: number }[]
}): string {
  const peers = options.peers.map(
    ({ path, brokerPort }) =>
      `[[peer]]\npath = "${path}"\nbroker = "mqtt://127.0.0.1:${brokerPort}"\n`,
  )
  return `# One district's gateway. Paths are relative to this file; keys and store lie in data/.
station = "${options.path}"
# A demonstration: such roots and simulators are refused without this line.
demo = true

[trust]
# A folder with roots.json (the pinned roots) and trust.cbor (the signed trust list).
folder = ".."

[broker]
# A broker of its own on this port of 127.0.0.1; or: url = "mqtts://broker.example:8883"
listen = ${options.brokerPort}

[page]
port = ${options.pagePort}

${peers.join('\n')}`
}

/** The text of a `kiosk.toml`. */
export function kioskToml(options: {
  readonly station: StationPath
  readonly brokerPort: number
  readonly pagePort: number
  readonly lease: Lease | undefined
}): string {
  return `# One kiosk. Paths are relative to this file; keys and store lie in data/.
station = "${options.station}"
# A demonstration: such roots and simulators are refused without this line.
demo = true

[trust]
# A folder with roots.json (the pinned roots) and trust.cbor (the signed trust list).
folder = ".."

[broker]
url = "mqtt://127.0.0.1:${options.brokerPort}"
# The gateway's embedded broker speaks 3.1.1; Mosquitto takes "5" too.
protocol = "3.1.1"

[page]
port = ${options.pagePort}

# Devices: "simulator", or the path of a serial port such as "/dev/serial/by-id/usb-…".
[orb]
port = "simulator"

[nfc]
port = "simulator"
${options.lease === undefined ? '' : leaseToml(options.lease)}`
}

function leaseToml({ list, start, count }: Lease): string {
  return `
# Status indices that this kiosk may issue from; the gateway leases more when they run low.
[[lease]]
list = ${list}
start = ${start}
count = ${count}
`
}
