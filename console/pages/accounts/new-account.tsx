import { Button, Group, Stack, Stepper } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { $api, type RequestOf } from '../../api/client.ts'
import { givenOf, type Draft } from '../../parts/field.ts'
import { Page } from '../../parts/page.tsx'
import { bodyOf } from './body-of.ts'
import { CheckStep } from './check-step.tsx'
import { DetailsStep } from './details-step.tsx'
import type { AccountType } from './fields.ts'
import { SignIn } from './sign-in.tsx'
import { TypeStep } from './type-step.tsx'

type NewBody = RequestOf<'post', '/admin/v1/accounts'>

/** What a new account begins with; all of it is seen before it is added. */
const FIRST: Draft = { concurrency: 5, priority: 50, groups: ['default'] }

/** Adds an account step by step. What is typed, secrets too, is in this component only. */
export function NewAccount() {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [step, setStep] = useState(0)
  const [type, setType] = useState<AccountType>('api-key')
  const [draft, setDraft] = useState<Draft>(FIRST)
  const given = givenOf(draft)
  const add = $api.useMutation('post', '/admin/v1/accounts', {
    async onSuccess({ id }) {
      await queries.invalidateQueries()
      if (needsSignIn) setStep(3)
      else await show(id)
    }
  })
  const needsSignIn = type !== 'api-key' && given['access_token'] === undefined
  const show = (id: string) => navigate({ to: '/accounts/$id', params: { id } })

  function choose(chosen: AccountType) {
    // What the other types take is not given for this one.
    if (chosen !== type) setDraft(FIRST)
    setType(chosen)
    setStep(1)
  }

  const body = { type, ...bodyOf(given) } as NewBody
  return (
    <Page title="Add an account">
      <Stack maw={760}>
        <Stepper active={step} size="sm" iconSize={28}>
          <Stepper.Step label="Type">
            <TypeStep onChoose={choose} />
          </Stepper.Step>
          <Stepper.Step label="Details">
            <DetailsStep
              type={type}
              draft={draft}
              onChange={(name, value) => setDraft((old) => ({ ...old, [name]: value }))}
              onBack={() => setStep(0)}
              onNext={() => setStep(2)}
            />
          </Stepper.Step>
          <Stepper.Step label="Check and add">
            <CheckStep
              type={type}
              given={given}
              body={body}
              error={add.error}
              isAdding={add.isPending}
              onBack={() => setStep(1)}
              onAdd={() => add.mutate({ body })}
            />
          </Stepper.Step>
          {needsSignIn ? (
            <Stepper.Step label="Sign in">
              {add.data === undefined ? null : (
                <Stack>
                  <SignIn id={add.data.id} name={add.data.name} onDone={() => void show(add.data.id)} />
                  <Group>
                    <Button variant="default" onClick={() => void show(add.data.id)}>
                      Later
                    </Button>
                  </Group>
                </Stack>
              )}
            </Stepper.Step>
          ) : null}
        </Stepper>
      </Stack>
    </Page>
  )
}
