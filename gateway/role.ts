/** What a process of a gateway does: all of it, or a part of it beside others on one database. */
export const ROLES = ['ingest', 'match', 'api', 'all'] as const

/** See `ROLES`. */
export type GatewayRole = (typeof ROLES)[number]
