const MAX_TOPIC_BYTES = 65_535

/** True for a topic name that may be published to: MQTT 5 §4.7.3, no wildcard, no U+0000. */
export function isTopicName(topic: string): boolean {
  return isTopicText(topic) && !/[+#]/.test(topic)
}

/** True for a topic filter: `+` and `#` fill a whole level, `#` only the last [MQTT-4.7.1-1]. */
export function isTopicFilter(filter: string): boolean {
  if (!isTopicText(filter)) return false
  const levels = unshared(filter)?.split('/')
  if (levels === undefined) return false
  return levels.every((level, i) =>
    level === '#' ? i === levels.length - 1 : level === '+' || !/[+#]/.test(level),
  )
}

/**
 * True when a broker delivers the topic to a subscriber of the filter (MQTT 5 §4.7): `a/#` takes `a`
 * too, and a wildcard in front does not take topics that start with `$` [MQTT-4.7.2-1]. For a shared
 * subscription (§4.8.2) the part after the share name counts.
 */
export function isTopicOf(filter: string, topic: string): boolean {
  const wanted = unshared(filter)?.split('/')
  if (wanted === undefined) return false
  const levels = topic.split('/')
  if (topic.startsWith('$') && (wanted[0] === '#' || wanted[0] === '+')) return false
  if (wanted.at(-1) !== '#') {
    return (
      wanted.length === levels.length && levels.every((level, i) => isLevelOf(wanted[i], level))
    )
  }
  const fixed = wanted.slice(0, -1)
  return levels.length >= fixed.length && fixed.every((want, i) => isLevelOf(want, levels[i]))
}

function isLevelOf(wanted: string | undefined, level: string | undefined): boolean {
  return wanted === '+' || wanted === level
}

/** The filter without `$share/<name>/`; undefined where that is malformed. */
function unshared(filter: string): string | undefined {
  if (!filter.startsWith('$share/')) return filter
  return /^\$share\/[^/+#]+\/(.+)$/su.exec(filter)?.[1]
}

function isTopicText(text: string): boolean {
  const bytes = new TextEncoder().encode(text).length
  return bytes > 0 && bytes <= MAX_TOPIC_BYTES && !/[\0\p{Surrogate}]/u.test(text)
}
