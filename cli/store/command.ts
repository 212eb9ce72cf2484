import { readFile, rename } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parseGatewayConfig } from '../../gateway/config.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { copyStore } from '../../runtime/copy-store.ts'
import { openFileKeyStore } from '../../runtime/key-store.ts'
import { openLmdbStore } from '../../runtime/lmdb-store.ts'
import { type Command, Exit, type Io } from '../io.ts'
import { isThere } from '../is-there.ts'
import { loadKey } from '../stations/load-key.ts'
import { movedFolder, openDatabaseStore, storeFolder } from '../stations/station-store.ts'
import { parseUsage, usageError } from '../usage.ts'

/** `personhood store`. */
export const storeCommand: Command = {
  name: 'store',
  summary: "move a gateway's store from its folder into a database",
  help: `personhood store move --config gateway.toml
  Copies the store in the gateway's data folder into the database that [store] of the file names,
  compares row by row, and then renames the folder, so that it is not used again. The gateway must
  not run. A move that was cut short goes on where it is started again.
`,
  // biome-ignore lint/suspicious/useAwait: wrong usage rejects, as every other fault
  async run(args, io) {
    const { values, positionals } = parseUsage(args, { config: { type: 'string' } })
    if (positionals[0] !== 'move' || positionals.length > 1 || values.config === undefined) {
      throw usageError('what? store move --config gateway.toml')
    }
    return move(resolve(io.cwd, values.config), io)
  },
}

async function move(file: string, io: Io): Promise<Exit> {
  const config = parseGatewayConfig(await readFile(file, 'utf8'), file)
  if (config.store === undefined) {
    throw new PersonhoodError('config.store', `${file} names no database: add [store] with url`)
  }
  const folder = dirname(file)
  const data = resolve(folder, config.data)
  const old = storeFolder(data)
  if (!(await isThere(join(old, 'data.mdb')))) {
    throw new PersonhoodError('file.missing', `${old} holds no store: there is nothing to move`)
  }
  const keys = await openFileKeyStore(join(data, 'keys'))
  const key = await loadKey(keys, 'store', data)
  const from = await openLmdbStore({ folder: old, key })
  try {
    const to = await openDatabaseStore({ config, folder, data, keys, key }, config.store)
    try {
      const { rows, tables } = await copyStore(from, to)
      io.stdout(`${rows} rows of ${tables} tables are in the database and were compared\n`)
    } finally {
      await to.close()
    }
  } finally {
    await from.close()
  }
  const kept = movedFolder(data)
  await rename(old, kept)
  io.stdout(
    `${kept} is what was there before: move it elsewhere once a backup of the database is made\n`,
  )
  return Exit.ok
}
