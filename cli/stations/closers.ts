import { errorFields, type Log } from '../../runtime/log.ts'

/** Something that must be closed at the end. */
export type Closable = { close(): Promise<void> }

/** What was opened, and the end of all of it. */
export type Closers = {
  add<T extends Closable>(opened: T): T
  close(): Promise<void>
}

/** Closes what was opened, last opened first; a fault in one does not keep the others open. */
export function createClosers(log: Log): Closers {
  const open: Closable[] = []
  return {
    add(opened) {
      open.push(opened)
      return opened
    },
    async close() {
      for (let last = open.pop(); last !== undefined; last = open.pop()) {
        await last.close().catch((error: unknown) => log.warn('close.fault', errorFields(error)))
      }
    },
  }
}
