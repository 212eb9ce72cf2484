import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { listCameras } from '../../../hardware/camera/cameras.ts'

t.test('cameras come with their stable names; metadata nodes are none', async (t) => {
  const root = t.testdir({ dev: { v4l: { 'by-id': {}, 'by-path': {} } }, sys: {} })
  const [dev, sys] = [join(root, 'dev'), join(root, 'sys')]
  const plug = async (name: string, index: string): Promise<void> => {
    await mkdir(join(sys, 'class/video4linux', name), { recursive: true })
    await writeFile(join(sys, 'class/video4linux', name, 'name'), 'NIR camera: NIR camera\n')
    await writeFile(join(sys, 'class/video4linux', name, 'index'), `${index}\n`)
    await writeFile(join(dev, name), '')
  }
  await plug('video10', '0')
  await plug('video2', '0')
  await plug('video3', '1')
  const link = join(dev, 'v4l/by-id/usb-Maker_NIR_0001-video-index0')
  await symlink('../../video2', link)
  await symlink('../../video3', join(dev, 'v4l/by-id/usb-Maker_NIR_0001-video-index1'))
  t.same(await listCameras({ dev, sys }), [
    { node: join(dev, 'video2'), names: [link], title: 'NIR camera: NIR camera' },
    { node: join(dev, 'video10'), names: [], title: 'NIR camera: NIR camera' },
  ])
})

t.test('a machine without cameras has none', async (t) => {
  const root = t.testdir({})
  t.same(await listCameras({ dev: root, sys: root }), [])
})
