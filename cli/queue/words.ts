import type { AnswersTaken } from '../../firmware/relay/by-hand.ts'
import type { HandTally } from '../../gateway/ingest/by-hand.ts'
import type { QueueStatus } from './kiosk-desk.ts'

/** What waits on a kiosk, in words. */
export function statusText(status: QueueStatus): string {
  const { station, isConnected, queued, oldest_s, receipts, refused } = status
  const line = isConnected ? 'its line is up' : 'it has no line'
  const oldest = queued === 0 ? '' : `, the oldest for ${daysText(oldest_s)}`
  return `${station}: ${queued} records wait${oldest}; ${line}
${receipts} records have receipts, ${refused} were refused and are kept
${status.waiting_for_final} credentials made here wait for the district, ${status.indices_left} more can be made without a line
`
}

/** What answers have changed on a kiosk, in words: what happened, what is safe, what to do. */
export function answersText(taken: AnswersTaken, station: string, file: string): string {
  const { receipts, refused, queued } = taken
  const lines = [
    `${receipts} records have their receipts and left the kiosk; ${queued} still wait`,
    ...(refused > 0 ? [`${refused} were refused and are kept: the kiosk's page shows them`] : []),
    ...Object.entries(taken.elsewhere).map(([other, n]) =>
      other === station.split('/')[0]
        ? `${n} letters are for the gateway ${other}: this file is a kiosk's export; bring it to the gateway, not here`
        : `${n} letters are for ${other}; this is ${station}: take them there. Nothing of them was used`,
    ),
    ...(taken.unknown > 0
      ? [`${taken.unknown} pieces were changed on the way or are not our district's: not used`]
      : []),
    ...endLines(taken.end, taken.pieces, file),
  ]
  return `${lines.join('\n')}\n`
}

/** What a gateway has taken of a file, in words. */
export function tallyText(
  tally: HandTally,
  station: string,
  file: string,
  answers: string,
): string {
  const lines = [
    `${tally.receipts} records have receipts, new ones and those that were here before`,
    ...Object.entries(tally.refused).map(([reason, n]) => `${n} were refused: ${reason}`),
    ...(tally.held > 0
      ? [`${tally.held} are beyond the kiosk's quota of a day: bring the same file again tomorrow`]
      : []),
    ...Object.entries(tally.elsewhere).map(([other, n]) =>
      other.includes('/')
        ? `${n} letters are answers for the kiosk ${other}: import this file there`
        : `${n} letters are for the district ${other}; this is ${station}: take the file there. Nothing of them was used`,
    ),
    ...(tally.unknown > 0
      ? [
          `${tally.unknown} letters were changed on the way, or their kiosk is not in our trust list: not used`,
        ]
      : []),
    ...endLines(tally.end, tally.letters, file),
    `${answers}: take it back to the kiosk: personhood queue import --config kiosk.toml FILE`,
  ]
  return `${lines.join('\n')}\n`
}

function endLines(end: HandTally['end'], pieces: number, file: string): readonly string[] {
  if (end === 'whole') return []
  const what = end === 'cut' ? 'ends early: it was copied in part' : 'is damaged'
  return [
    `${file} ${what}; the ${pieces} pieces before that were used. Nothing is lost: copy it again`,
  ]
}

function daysText(seconds: number): string {
  if (seconds < 3600) return `${Math.floor(seconds / 60)} minutes`
  return seconds < 172_800
    ? `${Math.floor(seconds / 3600)} hours`
    : `${Math.floor(seconds / 86_400)} days`
}
