import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { PersonhoodError } from '../../protocol/errors.ts'
import { createSystemClock } from '../../runtime/clock.ts'
import { createLog } from '../../runtime/log.ts'
import { endOf } from '../end-of.ts'
import { type Command, Exit, type Io } from '../io.ts'
import { DEMO_DISTRICTS, openWorld, type World } from '../provision/world.ts'
import { openCardBox } from '../room/card-box.ts'
import { loadEyes } from '../room/eyes-folder.ts'
import { imagedResidents, type Resident, renderedResidents } from '../room/residents.ts'
import { createRoom, FULL_PACE } from '../room/room.ts'
import { parseUsage, usageError } from '../usage.ts'
import { startWorld } from '../world/running-world.ts'
import { writeEvidence } from './evidence.ts'
import { fetchStatusLists } from './status-lists.ts'
import { playStory, type Told } from './story.ts'
import { storyJson } from './story-json.ts'
import type { Story } from './story-types.ts'
import { summaryOf } from './summary.ts'

const HELP = `personhood demo [--json] [--out DIR] [--eyes DIR] [--seed N] [--verbose]
  Plays the whole story without a page: two districts; residents enrol, one of them while the line
  is cut; they tap; two of them enrol again in the other district. All of it is real but the
  people and the devices.
  --json      the story as one JSON object on stdout
  --out DIR   also writes credentials/*.cbor, keys.json (kid -> {crv, x, y} in hex) and a trust
              folder, so that "personhood credential verify --trust DIR" and other tools can check
  --eyes DIR  stored eye images (index.csv with path,subject,eye) instead of rendered ones
  --seed N    another population of rendered eyes (default 1)
  --verbose   the stations' logs on stderr
  Exit 0 when the story ends as it should, 1 when it does not.
`

/** Who appears in the story. */
const STORY_RESIDENTS = 5

/** `personhood demo`. */
export const demoCommand: Command = {
  name: 'demo',
  summary: 'play the whole story headless: enrol, check, tap, catch',
  help: HELP,
  async run(args, io) {
    const { values, positionals } = parseUsage(args, {
      json: { type: 'boolean' },
      verbose: { type: 'boolean' },
      out: { type: 'string' },
      eyes: { type: 'string' },
      seed: { type: 'string', default: '1' },
    })
    if (positionals.length > 0) throw usageError(`demo takes options only\n${HELP}`)
    if (!/^\d{1,6}$/.test(values.seed)) throw usageError('--seed wants a whole number')
    const residents =
      values.eyes === undefined
        ? renderedResidents(Number(values.seed))
        : imagedResidents(await loadEyes(resolve(io.cwd, values.eyes)))
    // A folder that cannot be written is told now, and not when the story is over.
    if (values.out !== undefined) await mkdir(resolve(io.cwd, values.out), { recursive: true })
    if (residents.length < STORY_RESIDENTS) {
      throw new PersonhoodError(
        'bytes.eye-set',
        `the story needs ${STORY_RESIDENTS} subjects with both eyes; ${values.eyes} has ${residents.length}`,
      )
    }
    const folder = await mkdtemp(join(tmpdir(), 'personhood-demo-'))
    try {
      const played = await play(folder, residents, values.verbose === true, io)
      const { told, world, statusLists } = played
      if (values.out !== undefined) {
        await writeEvidence(resolve(io.cwd, values.out), told, world, statusLists)
      }
      const { story } = told
      io.stdout(values.json === true ? `${storyJson(story)}\n` : summaryOf(story))
      return endsAsItShould(story) ? Exit.ok : Exit.no
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function play(
  folder: string,
  residents: readonly Resident[],
  isVerbose: boolean,
  io: Io,
): Promise<{ told: Told; world: World; statusLists: readonly Uint8Array[] }> {
  const clock = createSystemClock()
  const level = isVerbose ? 'info' : 'error'
  const log = createLog({ level, write: io.stderr, clock, isForPeople: io.isTty })
  const world = await openWorld(join(folder, 'world'), DEMO_DISTRICTS, clock.now().unix)
  const names = world.kiosks.map(({ name }) => name)
  const room = createRoom(names, residents, openCardBox(), FULL_PACE)
  const ended = endOf(io.signal)
  const running = await startWorld(world, room, log, ended.fail)
  try {
    const story = playStory(running, room, (sentence) => io.stderr(`${sentence}\n`))
    const told = await Promise.race([story, ended.wait])
    if (told === undefined) throw interrupted()
    return { told, world, statusLists: await fetchStatusLists(world, running) }
  } finally {
    await running.close()
  }
}

function interrupted(): PersonhoodError {
  return new PersonhoodError(
    'call.aborted',
    'stopped before the story ended; nothing is kept of it',
  )
}

function endsAsItShould({ enrolments, duplicates, false_cases, lost }: Story): boolean {
  const ways = new Set(duplicates.map(({ second_district }) => second_district))
  return enrolments.length >= 4 && ways.size >= 2 && false_cases === 0 && lost === 0
}
