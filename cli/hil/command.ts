import type { Command } from '../io.ts'
import { usageError } from '../usage.ts'
import { recordLine } from './record-line.ts'
import { replayLine } from './replay-line.ts'
import { runLine } from './run-line.ts'

const HELP = `personhood hil run --rig NAME [--seed S] [--seeds N] [--only TEXT] [--fault TEXT]
                   [--depth D,D] [--spread] [--eyes DIR] [--json]
  Plays every scenario of the rig under each fault of its cable and of the hands around it, N times
  (5) with the seeds S, S+1, … (1). NAME is emulated, or the path of a rig file. --only and --fault
  choose scenarios and faults by a part of their name. A run that goes wrong prints what repeats it.
  Exit 1 when a run went wrong.
  --spread has each seed play one scene of a device under each fault, in turn, and not all of them.
  --depth 1,4 (the default) has ports in this process under virtual time, and needs Node only; 4 is the
  panel's firmware alone. --depth 2 has pseudo-terminals and the serialport library (needs socat);
  --depth 3 an emulated hidraw node and the node-hid library (needs umockdev, gcc, libc6-dev). These
  take real time, many scenes side by side. Exit 69 where a tool is missing.
  --eyes DIR has the emulated camera head stream stored eye images (index.csv: path,subject,eye)
  instead of rendered ones.
personhood hil record --rig NAME --role ROLE --out FILE [--only TEXT] [--seed S]
  Plays the role's scenes once on its driver alone and keeps what goes over its line. On a real path
  these are the scenes that need no hands, and pictures of eyes and fingers are kept grey.
personhood hil replay FILE [--json]
  Plays the device's side of a trace to the driver as it is now. Exit 1 with the first byte where the
  driver says something else than when it was recorded.
`

/** `personhood hil`. */
export const hilCommand: Command = {
  name: 'hil',
  summary: 'the hardware-in-the-loop rig: each device under each fault',
  help: HELP,
  async run([verb, ...args], io) {
    if (verb === 'record') return await recordLine(args, io)
    if (verb === 'replay') return await replayLine(args, io)
    if (verb !== 'run') throw usageError(`say "hil run --rig emulated"\n${HELP}`)
    return await runLine(args, io)
  },
}
