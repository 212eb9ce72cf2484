/** A resident of the simulated room. */
export type Resident = {
  readonly id: string
  readonly name: string
}

/** Who lives around here: names from several languages, none of a real person. */
export const RESIDENTS: readonly Resident[] = [
  { id: 'leila', name: 'Leila' },
  { id: 'tomas', name: 'Tomás' },
  { id: 'amina', name: 'Amina' },
  { id: 'jun', name: 'Jun' },
  { id: 'rosa', name: 'Rosa' },
  { id: 'bako', name: 'Bako' },
]
