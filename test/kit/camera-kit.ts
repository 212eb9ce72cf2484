import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GreyImage } from '../../protocol/image.ts'

/** What `v4l2-ctl --list-formats-ext` (1.22) prints for a camera of two formats. */
export const LISTING = `ioctl: VIDIOC_ENUM_FMT
	Type: Video Capture

	[0]: 'MJPG' (Motion-JPEG, compressed)
		Size: Discrete 1920x1080
			Interval: Discrete 0.033s (30.000 fps)
		Size: Discrete 640x480
			Interval: Discrete 0.017s (60.000 fps)
			Interval: Discrete 0.033s (30.000 fps)
	[1]: 'YUYV' (YUYV 4:2:2)
		Size: Discrete 640x480
			Interval: Discrete 0.033s (30.000 fps)
		Size: Discrete 1280x720
			Interval: Discrete 0.100s (10.000 fps)
`

/** What `v4l2-ctl --list-ctrls` (1.22) prints for it. */
export const CONTROLS = `
User Controls

                     brightness 0x00980900 (int)    : min=-64 max=64 step=1 default=0 value=0
                           gain 0x00980913 (int)    : min=0 max=100 step=5 default=0 value=10
           power_line_frequency 0x00980918 (menu)   : min=0 max=2 default=1 value=1 (50 Hz)

Camera Controls

                  auto_exposure 0x009a0901 (menu)   : min=0 max=3 default=3 value=3 (Aperture Priority Mode)
         exposure_time_absolute 0x009a0902 (int)    : min=1 max=5000 step=1 default=157 value=157 flags=inactive
`

/** A film as ffmpeg reads it: YUV4MPEG2 with grey frames only. */
export async function writeFilm(
  path: string,
  frames: readonly GreyImage[],
  fps: number,
): Promise<void> {
  const [first] = frames
  const parts: Uint8Array[] = [
    new TextEncoder().encode(
      `YUV4MPEG2 W${first?.width} H${first?.height} F${fps}:1 Ip A1:1 Cmono\n`,
    ),
  ]
  for (const { pixels } of frames) parts.push(new TextEncoder().encode('FRAME\n'), pixels)
  await writeFile(path, parts)
}

/** Grey frames that each are of one brightness. */
export function plainFrames(count: number, width = 64, height = 48): readonly GreyImage[] {
  return Array.from({ length: count }, (_, i) => ({
    ...{ width, height },
    pixels: new Uint8Array(width * height).fill(20 + 10 * i),
  }))
}

/** A program of a few lines of shell under a name of ours. */
export async function writeTool(folder: string, name: string, lines: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, `#!/bin/sh\n${lines}\n`)
  await chmod(path, 0o755)
  return path
}

/** `v4l2-ctl` of a camera that offers `LISTING` and `CONTROLS`, and writes down what is set. */
export function writeV4l2Ctl(folder: string, listing: string = LISTING): Promise<string> {
  return writeTool(
    folder,
    'v4l2-ctl',
    `case "$3" in
--list-formats-ext) cat <<'END'
${listing}END
;;
--list-ctrls) cat <<'END'
${CONTROLS}END
;;
--set-ctrl) echo "$4" >>'${folder}/set' ;;
esac`,
  )
}

/** What was set by `writeV4l2Ctl`'s program. */
export async function settingsIn(folder: string): Promise<readonly string[]> {
  const text = await readFile(join(folder, 'set'), 'utf8').catch(() => '')
  return text.split('\n').filter((line) => line !== '')
}

/** Whether a process is there, alive or as a zombie. */
export async function isThere(pid: number): Promise<boolean> {
  return readFile(`/proc/${pid}/stat`).then(
    () => true,
    () => false,
  )
}
