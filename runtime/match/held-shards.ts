/** A lease of a shard, and whether its people are in memory. The same object for as long as it lasts. */
export type HeldShard = { epoch: number; isLoaded: boolean }

/** What a worker believes to hold. Whether it is right is seen by whoever takes its answers. */
export class HeldShards {
  readonly #held = new Map<number, HeldShard>()
  readonly #lost = new Set<number>()

  get size(): number {
    return this.#held.size
  }

  get shards(): readonly number[] {
    return [...this.#held.keys()]
  }

  /** Those whose people are in memory. */
  get loaded(): readonly (readonly [shard: number, lease: HeldShard])[] {
    return [...this.#held].filter(([, { isLoaded }]) => isLoaded)
  }

  /** One whose people are not. */
  get unloaded(): readonly [shard: number, lease: HeldShard] | undefined {
    return [...this.#held].find(([, { isLoaded }]) => !isLoaded)
  }

  /** Takes over what the table of leases says; true where a lease is of another epoch than before. */
  renew(now: ReadonlyMap<number, number>): boolean {
    let isOther = false
    this.lose(this.shards.filter((shard) => !now.has(shard)))
    for (const [shard, epoch] of now) {
      const known = this.#held.get(shard)
      if (known === undefined) this.#held.set(shard, { epoch, isLoaded: false })
      else if (known.epoch !== epoch) {
        // It ran out and is ours again: its people are in memory and were followed all along.
        known.epoch = epoch
        isOther = true
      }
    }
    return isOther
  }

  isHeld(shard: number, lease: HeldShard): boolean {
    return this.#held.get(shard) === lease
  }

  /** Holds these no more; their people are still in memory. */
  lose(shards: readonly number[]): void {
    for (const shard of shards) {
      this.#held.delete(shard)
      this.#lost.add(shard)
    }
  }

  /** Those that were lost since this was last asked. */
  takeLost(): readonly number[] {
    const lost = [...this.#lost]
    this.#lost.clear()
    return lost
  }

  /** Whether there are people in memory of shards that were lost. */
  get hasLost(): boolean {
    return this.#lost.size > 0
  }
}
