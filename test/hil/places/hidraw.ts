import { listHidDevices, openHidPort } from '../../../hardware/hid-port.ts'
import { describeAll, type HidrawIdentity, renumber } from '../../kit/hidraw/description.ts'
import { hideNode, type NodeSocket, nodeSocket, showNode } from '../../kit/hidraw/node-socket.ts'
import { NODE, STABLE_NAME, stableNameOf, TWIN_NODE, type UnitName } from './cables.ts'
import { layOnMachine, type Machine } from './on-machine.ts'
import type { Place } from './place.ts'
import { realClock } from './real-clock.ts'

/** Keys that are played at once; each has the node where it is at first, its twin's, and another. */
const LANES = 8
const NODES_OF_LANE = 3
const FIDO_USAGE_PAGE = 0xf1_d0
/** Usage page F1D0, reports of 64 bytes in and out (CTAP 2.1 §11.2.8.1). */
const REPORTS = '06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0'

const NODES: readonly HidrawIdentity[] = Array.from({ length: LANES * NODES_OF_LANE }, (_, i) => ({
  node: `hidraw${i}`,
  vendorId: 0x12_09,
  productId: 0xf1_d0,
  product: 'Security Key',
  serial: '-',
  reportDescriptor: Uint8Array.from(Buffer.from(REPORTS, 'hex')),
}))

/** What `umockdev-run` is told of the keys' nodes. */
export const DESCRIPTION: string = describeAll(NODES)

/** Depth 3, in a process that sees the nodes: node-hid as it is shipped. */
export async function hidrawPlace(tree: string, sockets: string): Promise<Place> {
  for (const { node } of NODES) await hideNode(tree, node)
  const lanes = Array.from({ length: LANES }, (_, lane) => lane)
  return {
    depth: 3,
    sideBySide: () => LANES,
    createClock: realClock,
    lay: async (wanted) => {
      const lane = lanes.shift() ?? 0
      return layOnMachine(wanted, keyMachine({ tree, sockets, lane, end: () => lanes.push(lane) }))
    },
    end: () => Promise.resolve(),
  }
}

type Lane = {
  readonly tree: string
  readonly sockets: string
  readonly lane: number
  readonly end: () => void
}

function keyMachine({ tree, sockets, lane, end }: Lane): Machine {
  const units = new Map<string, UnitName>()
  const all: NodeSocket[] = []
  const serialOf = (name: UnitName): string => `lane-${lane}-${name}`
  const nodeAt = (path: string): string | undefined =>
    [...units].find(([node, name]) => `/dev/${node}` === path || stableNameOf(name) === path)?.[0]
  return {
    path: STABLE_NAME,
    show: async (cableNode, name) => {
      const index = lane * NODES_OF_LANE + placeOf(cableNode)
      const identity = NODES[index]
      if (identity === undefined) throw new Error(`no node for ${cableNode}`)
      const { node, reportDescriptor } = identity
      const socket = nodeSocket(sockets, node, reportDescriptor)
      all.push(socket)
      await renumber(tree, identity, index, serialOf(name))
      await socket.listen()
      await showNode(tree, node)
      units.set(node, name)
      return {
        port: socket.port,
        pull: async (isTold) => {
          if (!units.delete(node)) return
          socket.refuse()
          if (isTold) socket.drop()
          await hideNode(tree, node)
        },
      }
    },
    list: async () => {
      const keys = await listHidDevices(FIDO_USAGE_PAGE)
      return keys.flatMap(({ path, vendorId, productId, serial }) => {
        const name = (['rig', 'twin'] as const).find((one) => serialOf(one) === serial)
        if (name === undefined) return []
        const usb = { vendorId, productId, serial, interfaceNumber: undefined }
        return [{ node: path, names: [stableNameOf(name)], usb }]
      })
    },
    open: (path) => openHidPort(pathOf(nodeAt(path)) ?? path),
    unitAt: (path) => units.get(nodeAt(path) ?? ''),
    end: async () => {
      for (const socket of all) socket.drop()
      end()
    },
  }
}

function pathOf(node: string | undefined): string | undefined {
  return node === undefined ? undefined : `/dev/${node}`
}

function placeOf(cableNode: string): number {
  if (cableNode === NODE) return 0
  return cableNode === TWIN_NODE ? 1 : 2
}
