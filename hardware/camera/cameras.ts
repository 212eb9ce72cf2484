import { readdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { SystemRoots } from '../serial-devices.ts'

/** A camera that is plugged in. */
export type PluggedCamera = {
  /** The node, such as /dev/video0: given out anew at each plugging. */
  readonly node: string
  /** Links to it under /dev/v4l/by-id, then by-path: the same at each plugging. */
  readonly names: readonly string[]
  /** What the driver calls it. */
  readonly title: string
}

const VIDEO_NODE = /^video\d{1,4}$/
const MAX_TITLE = 80

/**
 * The video nodes that carry pictures, in the order of their numbers: a UVC camera has a second node
 * for metadata, whose index is not 0.
 */
export async function listCameras(
  { dev, sys }: SystemRoots = { dev: '/dev', sys: '/sys' },
): Promise<readonly PluggedCamera[]> {
  const folder = `${sys}/class/video4linux`
  const nodes = (await entries(folder)).filter((name) => VIDEO_NODE.test(name))
  const links = (
    await Promise.all(['v4l/by-id', 'v4l/by-path'].map((at) => linksIn(join(dev, at))))
  ).flat()
  const cameras = await Promise.all(
    nodes.map(async (name) => {
      const node = join(dev, name)
      const names = links.filter((link) => link.node === node).map(({ path }) => path)
      const title = (await read(`${folder}/${name}/name`)).slice(0, MAX_TITLE)
      return { node, names, title, index: await read(`${folder}/${name}/index`) }
    }),
  )
  return cameras
    .filter(({ index }) => index === '0' || index === '')
    .sort((a, b) => numberOf(a.node) - numberOf(b.node))
    .map(({ node, names, title }) => ({ node, names, title }))
}

async function linksIn(folder: string) {
  const names = await entries(folder)
  return Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      return { path, node: await realpath(path).catch(() => '') }
    }),
  )
}

async function entries(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).sort()
}

async function read(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).trim()
}

function numberOf(node: string): number {
  return Number(/\d+$/.exec(node)?.[0] ?? 0)
}
