import type { DistrictPath, StationPath } from '../../protocol/district.ts'
import { isDemo } from '../../protocol/district.ts'
import type { Lease } from '../../protocol/messages/lease.ts'
import { BROKER_TLS, STATION_TLS } from './station-folder.ts'

/** A district whose broker a gateway reaches, by the file that it was given. */
export type PlannedPeer = {
  readonly path: DistrictPath
  /** `mqtts://host:port`. */
  readonly url: string
  readonly tlsFile: string
}

/** The text of a `gateway.toml` with an embedded broker. */
export function gatewayToml(options: {
  readonly path: DistrictPath
  readonly trustFolder: string
  readonly listen: number
  /** Address that the broker listens on. */
  readonly host: string
  readonly pagePort: number
  readonly peers: readonly PlannedPeer[]
}): string {
  const { path, trustFolder, listen, host, pagePort } = options
  const peers = options.peers.map(
    ({ path, url, tlsFile }) =>
      `[[peer]]\npath = "${path}"\nbroker = "${url}"\ntls_file = "${tlsFile}"\n`,
  )
  return `# One district's gateway. Paths are relative to this file; keys and store lie in data/.
station = "${path}"
${demoLines(path)}
[trust]
# A folder with roots.json (the pinned roots) and trust.cbor (the signed trust list).
folder = "${trustFolder}"

[broker]
# A broker of its own, where nobody comes in without a certificate of this district. Or one elsewhere:
# url = "mqtts://broker.example:8883" in place of listen, host and server_tls_file.
listen = ${listen}
host = "${host}"
server_tls_file = "${BROKER_TLS}"
tls_file = "${STATION_TLS}"

[page]
port = ${pagePort}

${peers.join('\n')}`
}

/** The text of a `kiosk.toml`. */
export function kioskToml(options: {
  readonly station: StationPath
  readonly trustFolder: string
  /** `mqtts://host:port`. */
  readonly brokerUrl: string
  readonly pagePort: number
  readonly lease: Lease | undefined
}): string {
  const { station, trustFolder, brokerUrl, pagePort, lease } = options
  return `# One kiosk. Paths are relative to this file; keys and store lie in data/.
station = "${station}"
${demoLines(station)}
[trust]
# A folder with roots.json (the pinned roots) and trust.cbor (the signed trust list).
folder = "${trustFolder}"

[broker]
url = "${brokerUrl}"
# Key, certificate and the district's authority; mode 0600. A renewal replaces this one file.
tls_file = "${STATION_TLS}"
# The gateway's embedded broker speaks 3.1.1; Mosquitto takes "5" too.
protocol = "3.1.1"

[relay]
# "2g" for a line that is slow or paid by the byte.
line = "lan"

[page]
port = ${pagePort}

${devicesOf(station)}${lease === undefined ? '' : leaseToml(lease)}`
}

function demoLines(station: StationPath): string {
  if (!isDemo(station)) return ''
  return '# A demonstration: such roots and simulators are refused without this line.\ndemo = true\n'
}

function devicesOf(station: StationPath): string {
  const [orb, nfc] = isDemo(station)
    ? ['simulator', 'simulator']
    : ['/dev/personhood/orb', '/dev/personhood/nfc']
  return `# Devices: "simulator", or the path of a serial port such as "/dev/serial/by-id/usb-…".
[orb]
port = "${orb}"

[nfc]
port = "${nfc}"
`
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
