import { open } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { cameraError, fileError } from '../../../hardware/camera/camera-error.ts'

const FFMPEG = '[video4linux2,v4l2 @ 0x561cbcef2840] '

t.test('a node that is not there was not plugged in', async (t) => {
  const words = `${FFMPEG}Cannot open video device /nowhere/video0: No such file or directory\n`
  t.match(await cameraError('/nowhere/video0', words), {
    code: 'device.missing',
    message: /plugged in/,
  })
  const listed = 'Cannot open device /nowhere/video0, exiting.\n'
  t.match(await cameraError('/nowhere/video0', listed), { code: 'device.missing' })
})

t.test('a node that may not be opened names its group', async (t) => {
  const path = join(t.testdir({ video0: '' }), 'video0')
  const words = `${FFMPEG}Cannot open video device ${path}: Permission denied\n`
  t.match(await cameraError(path, words), { code: 'device.permission', message: /group/ })
})

t.test('a camera in use names who holds it', async (t) => {
  const path = join(t.testdir({ video0: '' }), 'video0')
  const held = await open(path)
  const words = `${FFMPEG}ioctl(VIDIOC_STREAMON): Device or resource busy\n${path}: Device or resource busy\n`
  t.match(await cameraError(path, words), {
    code: 'device.busy',
    message: new RegExp(`held by process ${process.pid} `),
  })
  await held.close()
})

t.test(
  'a cable that was pulled, a node of another kind, a format, and anything else',
  async (t) => {
    const path = join(t.testdir({ video0: '' }), 'video0')
    const codeOf = async (words: string) => (await cameraError(path, words)).code
    t.equal(await codeOf('ioctl(VIDIOC_DQBUF): No such device'), 'device.unplugged')
    t.equal(await codeOf('/dev/video0: Input/output error'), 'device.unplugged')
    t.equal(
      await codeOf('ioctl(VIDIOC_QUERYCAP): Inappropriate ioctl for device'),
      'device.camera-kind',
    )
    t.equal(await codeOf('Not a video capture device.'), 'device.camera-kind')
    t.equal(await codeOf('ioctl(VIDIOC_S_FMT): Invalid argument'), 'device.camera-format')
    const other = await cameraError(path, 'first\nsomething \u001b[31m new\n')
    t.equal(other.code, 'device.camera-fault')
    t.match(other.message, /something {2}\[31m new$/, 'its last line, without control characters')
    t.match((await cameraError(path, '')).message, /without a word/)
  },
)

t.test('a file tells what ffmpeg said of it', async (t) => {
  t.match(fileError('/tmp/x', 'x: Invalid data found when processing input'), {
    code: 'device.camera-file',
    message: /Invalid data found/,
  })
  t.match(fileError('/tmp/x', '').message, /no frame/)
})
