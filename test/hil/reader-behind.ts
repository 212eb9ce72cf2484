// A card reader's emulator behind a terminal, in a process of its own; says so when it is there.
import { createPn532Simulator } from '../../hardware/nfc/simulator.ts'
import { openSerialPort } from '../../hardware/serial-port.ts'

const [path = ''] = process.argv.slice(2)
createPn532Simulator(await openSerialPort({ path, baud: 115_200 }))
process.stdout.write('there\n')
