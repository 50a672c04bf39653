import assert from 'node:assert/strict'
import { test } from 'node:test'
import { issuerProblem, workloadRuleProblems } from '../../../../services/resources/workload-rules/problems.ts'

const GITHUB = 'https://token.actions.githubusercontent.com'

const problemsOf = (issuer: string, conditions: unknown) =>
  workloadRuleProblems({ path: [], value: { issuer, conditions } }).map(({ path, text }) => `${path.join('.')} ${text}`)

test('an issuer is an https:// URL, or one on private addresses', () => {
  for (const issuer of [
    GITHUB,
    'https://gitlab.example.com/path',
    'http://localhost:8080',
    'http://127.0.0.1:1',
    'http://[::1]:1'
  ])
    assert.equal(issuerProblem(issuer), null, issuer)
  for (const issuer of [
    'http://issuer.example.com',
    'http://192.0.78.1',
    'ftp://issuer.example.com',
    'issuer.example.com',
    'https://me:pass@issuer.example.com',
    'https://issuer.example.com?x=1',
    'https://issuer.example.com/#x',
    'https:issuer.example.com'
  ])
    assert.notEqual(issuerProblem(issuer), null, issuer)
})

test('a rule for an issuer that signs for everybody says whose jobs they are', () => {
  for (const conditions of [
    { repository: 'acme/app' },
    { repository: 'acme/*' },
    { repository_owner: 'acme' },
    { sub: 'repo:acme/app:environment:production' },
    { repository_owner_id: '1', ref: '*' }
  ])
    assert.deepEqual(problemsOf(GITHUB, conditions), [], JSON.stringify(conditions))
  for (const conditions of [
    { ref: 'refs/heads/main' },
    { repository: 'acme*' },
    { repository: '*/app' },
    { repository_owner: 'acme*' },
    { sub: 'repo:*' },
    // Whoever calls that workflow has it.
    { job_workflow_ref: 'acme/workflows/.github/workflows/build.yml@refs/heads/main' }
  ])
    assert.match(problemsOf(GITHUB, conditions).join(), /^conditions must say whose jobs they are/, JSON.stringify(conditions))
  assert.deepEqual(problemsOf('https://gitlab.example.com', { ref: 'main' }), [])
})

test('conditions that ask for nothing, or for what has no name, are refused', () => {
  assert.match(problemsOf('https://a.example', { ref: '*', sub: '**' }).join(), /must ask for more/)
  assert.match(problemsOf('https://a.example', { 'a b': 'x' }).join(), /is not the name of a claim/)
})
