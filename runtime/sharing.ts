/**
 * How processes that write one store get along. It saves them work that would be done in vain:
 * what is right rests on the conditions of each commit alone
 * (docs/decisions/0004-store-is-a-conditional-change.md).
 */
export type Sharing = {
  /**
   * Runs `work` while no other process runs its own, as far as can be known: a process that hangs
   * in its turn, or whose line is cut, holds the others up for some seconds and no longer.
   */
  turn<T>(work: () => Promise<T>): Promise<T>
  /** Tells the other processes that there is something new. It may get lost. */
  announce(): void
  /** Called when others may have written, and now and then without; returns what stops it. */
  onNews(listener: () => void): () => void
}
