import { PersonhoodError } from '../protocol/errors.ts'
import { optional, parsed, type Schema, table, text } from '../runtime/config-schema.ts'
import { type DatabaseAddress, parseDatabaseUrl } from '../runtime/postgres/address.ts'

/** A database that holds a gateway's store. Files are as written: relative to the file that names them. */
export type StoreConfig = {
  readonly address: DatabaseAddress
  /** PEM files: the authority of the server's certificate; certificate and key of ours. */
  readonly files: { readonly ca?: string; readonly cert?: string; readonly key?: string }
}

/** The table `[store]` of `gateway.toml`. */
export const storeSchema: Schema<StoreConfig> = parsed(
  table({
    url: parsed(text(2000), parseDatabaseUrl),
    ca: optional(text()),
    cert: optional(text()),
    key: optional(text()),
  }),
  ({ url: address, ca, cert, key }) => {
    if ((cert === undefined) !== (key === undefined)) {
      throw new PersonhoodError('config.value', 'wants both cert and key, or neither')
    }
    return {
      address,
      files: {
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
      },
    }
  },
)
