import t from 'tap'
import { noCampaign, runCampaign } from '../../../bench/crash/campaign.ts'
import { benchCommand } from '../../../cli/bench/command.ts'
import { silentLog } from '../../firmware/bench.ts'
import { capture } from '../../kit/io.ts'

const IS_FULL = process.env['PERSONHOOD_TEST_FULL'] !== undefined
const LENGTH = { minutes: 10, records: 10_000 }

/** CI runs the command itself, for two minutes (.ci/run). */
if (IS_FULL)
  t.test(
    'kiosks, gateway and broker are killed by chance, and nothing is lost and nothing is twice',
    { skip: noCampaign(), timeout: 3_600_000 },
    async (t) => {
      const { signal } = new AbortController()
      const common = { seed: 1, log: silentLog(), signal, onProgress: () => undefined }
      const report = await runCampaign({ ...LENGTH, ...common })
      t.comment(JSON.stringify(report))
      t.ok(report.made >= LENGTH.records, `${report.made} made`)
      t.match(report, { lost: 0, twice: 0, foreign: 0, refused: 0 })
      t.equal(report.stored, report.made)
      t.equal(report.receipts, report.made, 'the fate of each is signed')
      const { kiosk = 0, gateway = 0, broker = 0 } = report.kills
      t.ok(kiosk + gateway + broker > 0)
    },
  )

t.test('nonsense is refused', async (t) => {
  const { io } = capture()
  for (const args of [
    ['crash', 'x'],
    ['crash', '--minutes', '0'],
    ['crash', '--seed', 'x'],
  ]) {
    await t.rejects(async () => benchCommand.run(args, io), { code: 'call.usage' })
  }
})
