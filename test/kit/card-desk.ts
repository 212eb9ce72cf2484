import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createCardCommand } from '../../cli/card/command.ts'
import { type CardDesk, type CardMachine, openSimulatedDesk } from '../../cli/card/desk.ts'
import { dispatch } from '../../cli/dispatch.ts'
import type { VirtualCard } from '../../hardware/nfc/virtual-card.ts'
import { capture } from './io.ts'

/** What a run of the command left behind. */
export type CardRun = { readonly code: number; readonly out: string; readonly err: string }

/** A folder with a virtual reader on whom a simulated hand lays cards; no time passes between polls. */
export type CardTable = {
  readonly folder: string
  /** Runs `personhood card` with these arguments; `typed` is what comes on its standard input. */
  run(args: readonly string[], more?: CardRunOptions): Promise<CardRun>
}

export type CardRunOptions = {
  readonly cards?: readonly VirtualCard[]
  readonly typed?: string
  readonly signal?: AbortSignal
  /** Changes what the hand does. */
  readonly hand?: (desk: CardDesk) => CardDesk
}

export async function layCardTable(t: {
  teardown: (end: () => Promise<void>) => void
}): Promise<CardTable> {
  const folder = await mkdtemp(join(tmpdir(), 'card-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return {
    folder,
    async run(args, { cards = [], typed = '', signal, hand = (desk: CardDesk) => desk } = {}) {
      const machine: CardMachine = {
        open: async (_reader, io) => hand(await openSimulatedDesk(cards, io.signal)),
        pause: async (_ms, ended) => ended.throwIfAborted(),
        maxPolls: 5,
      }
      const captured = capture(folder)
      const stdin = Readable.from(typed === '' ? [] : [typed])
      const io = { ...captured.io, stdin, ...(signal && { signal }) }
      const code = await dispatch([createCardCommand(machine)], '1', ['card', ...args], io)
      return { code, out: captured.out(), err: captured.err() }
    },
  }
}
