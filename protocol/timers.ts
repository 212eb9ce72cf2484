/** The passing of time as code needs it, so that a test can let it pass at once. */
export type Timers = {
  /** Runs the action after so many milliseconds; returns the function that calls it off. */
  after(ms: number, action: () => void): () => void
}
