import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, ApiError, type ResponseOf } from '../../api/client.ts'
import { PageLink } from '../../parts/links.tsx'
import { Page } from '../../parts/page.tsx'
import { AddedPeople } from './added-people.tsx'
import { AddPeopleForm } from './add-people-form.tsx'
import { CheckedPeople, type Checked } from './checked-people.tsx'
import { fileOf, problemsOf, readLines, type Gift } from './lines.ts'

export type Applied = ResponseOf<'post', '/admin/v1/apply'>

const NO_GIFT: Gift = {
  role: 'user',
  concurrency: 5,
  balance: '',
  keyName: '',
  keyGroup: null,
  subscription: null,
  days: 30
}

/** Adds one person or a hundred: what would happen is shown for each line first, and those who are here already are left as they are. */
export function AddPeople() {
  const queries = useQueryClient()
  const [text, setText] = useState('')
  const [gift, setGift] = useState(NO_GIFT)

  const check = useMutation({ mutationFn: () => checkLines(text, gift) })
  const add = useMutation({
    async mutationFn(emails: readonly string[]) {
      const { data } = await api.POST('/admin/v1/apply', { body: { file: fileOf(emails, gift) } })
      return data!
    },
    onSuccess: () => queries.invalidateQueries()
  })

  function startOver() {
    setText('')
    check.reset()
    add.reset()
  }

  return (
    <Page title="Add people" aside={<PageLink to="/people">All people</PageLink>}>
      {add.data !== undefined ? (
        <AddedPeople applied={add.data} onMore={startOver} />
      ) : check.data !== undefined ? (
        <CheckedPeople
          checked={check.data}
          gift={gift}
          isAdding={add.isPending}
          error={add.error}
          onAdd={(emails) => add.mutate(emails)}
          onBack={() => {
            check.reset()
            add.reset()
          }}
        />
      ) : (
        <AddPeopleForm
          text={text}
          gift={gift}
          error={check.error}
          isChecking={check.isPending}
          onText={setText}
          onGift={setGift}
          onCheck={() => check.mutate()}
        />
      )}
    </Page>
  )
}

/** Asks the API what each line would do, which changes nothing. Rejects where it can say nothing of any line. */
async function checkLines(text: string, gift: Gift): Promise<Checked> {
  const lines = readLines(text)
  const emails = lines.filter(({ isRepeated }) => !isRepeated).map(({ email }) => email)
  try {
    const { data } = await api.POST('/admin/v1/apply', { body: { file: fileOf(emails, gift), dry_run: true } })
    const { plan, warnings: allWarnings } = data!
    const isNew = new Set(plan.filter(({ kind, action }) => kind === 'user' && action === 'create').map(({ name }) => name))
    // What would become of those who are here already does not happen, and is not warned of.
    const added = emails.filter((email) => isNew.has(email.toLowerCase()))
    const warnings = added.length === emails.length ? allWarnings : await warningsFor(added, gift)
    return {
      warnings,
      lines: lines.map((line) => ({
        ...line,
        problem: null,
        result: line.isRepeated ? 'repeated' : isNew.has(line.email.toLowerCase()) ? 'new' : 'there'
      }))
    }
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 400) throw error
    const { byLine, others } = problemsOf(error.message)
    if (byLine.size === 0) throw error
    const problemOf = new Map(emails.map((email, index) => [email, byLine.get(index + 1) ?? null]))
    return {
      warnings: others,
      lines: lines.map((line) => {
        const problem = line.isRepeated ? null : (problemOf.get(line.email) ?? null)
        return { ...line, problem, result: line.isRepeated ? 'repeated' : problem === null ? 'unknown' : 'wrong' }
      })
    }
  }
}

async function warningsFor(emails: readonly string[], gift: Gift): Promise<readonly string[]> {
  if (emails.length === 0) return []
  const { data } = await api.POST('/admin/v1/apply', { body: { file: fileOf(emails, gift), dry_run: true } })
  return data!.warnings
}
