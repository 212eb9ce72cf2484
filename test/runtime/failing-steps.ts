import { link, open, rename, unlink } from 'node:fs/promises'
import type { FileSteps } from '../../runtime/atomic-file.ts'

/** Real steps of which the n-th fails before it does anything; `count` says how many were asked. */
export function failingSteps(failAt: number): FileSteps & { readonly count: number } {
  let count = 0
  const step = () => {
    count++
    if (count === failAt) throw new Error(`step ${count} failed`)
  }
  return {
    get count() {
      return count
    },
    open: async (...args) => {
      step()
      const file = await open(...args)
      const { sync, writeFile } = file
      file.sync = async () => {
        step()
        return sync.call(file)
      }
      file.writeFile = async (data: string | Uint8Array) => {
        step()
        return writeFile.call(file, data)
      }
      return file
    },
    rename: async (...args) => {
      step()
      return rename(...args)
    },
    link: async (...args) => {
      step()
      return link(...args)
    },
    unlink,
  }
}
