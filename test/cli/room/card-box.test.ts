import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openCardBox } from '../../../cli/room/card-box.ts'

t.test('cards outlive the process, with their owner and what is on them', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'cards-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const box = openCardBox(folder)
  const first = box.create('leila')
  const second = box.create('leila')
  box.create('jun')
  t.same([first.label, second.label], ['1', '2'])
  t.not(first.card.uid, second.card.uid)

  const again = openCardBox(folder)
  t.same(
    again.cards.map(({ id }) => id),
    ['jun-1', 'leila-1', 'leila-2'],
  )
  t.same(again.find('leila-1')?.card.snapshot(), first.card.snapshot())
  t.equal(again.create('leila').label, '3')
})

t.test('files that are no cards are left alone', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'cards-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'notes.txt'), 'x')
  t.equal(openCardBox(folder).cards.length, 0)
  t.same(readdirSync(folder), ['notes.txt'])
})

t.test('without a folder cards live as long as the room', async (t) => {
  const box = openCardBox()
  t.equal(box.find(box.create('rosa').id)?.owner, 'rosa')
  t.equal(box.find('nobody-1'), undefined)
})
