export interface QueueEntry<T> {
  readonly item: T
  readonly arrival: number
  older: QueueEntry<T> | null
  newer: QueueEntry<T> | null
}

/** A linked list in order of arrival, because waiters leave from the middle and some join behind those who came later. */
export class ArrivalQueue<T> {
  size = 0
  #oldest: QueueEntry<T> | null = null
  #newest: QueueEntry<T> | null = null

  get oldest(): T | null {
    return this.#oldest === null ? null : this.#oldest.item
  }

  /** The earliest arrival first. */
  *[Symbol.iterator](): Generator<QueueEntry<T>> {
    for (let entry = this.#oldest; entry !== null; entry = entry.newer) yield entry
  }

  /** Takes as many steps as there are entries that arrived later. */
  insert(item: T, arrival: number): QueueEntry<T> {
    let older = this.#newest
    while (older !== null && older.arrival > arrival) older = older.older
    const newer = older === null ? this.#oldest : older.newer
    const entry = { item, arrival, older, newer }
    this.#link(older, entry)
    this.#link(entry, newer)
    this.size += 1
    return entry
  }

  /** The entry must be in this queue. */
  remove(entry: QueueEntry<T>): void {
    this.#link(entry.older, entry.newer)
    this.size -= 1
  }

  #link(older: QueueEntry<T> | null, newer: QueueEntry<T> | null): void {
    if (older === null) this.#oldest = newer
    else older.newer = newer
    if (newer === null) this.#newest = older
    else newer.older = older
  }
}
