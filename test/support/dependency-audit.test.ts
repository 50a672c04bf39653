import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeAudit } from './dependency-audit.ts'

const report = (severity: string) =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: { left: { name: 'left', severity, via: ['right', { title: 'It leaks', url: 'https://example.com/1' }] } }
  })

test('what is high or critical fails, and is named', () => {
  for (const severity of ['high', 'critical']) {
    const expected = { ok: false, lines: [`left: ${severity}: by way of right; It leaks (https://example.com/1)`] }
    assert.deepEqual(judgeAudit(report(severity)), expected)
  }
})

test('what is less passes', () => {
  for (const severity of ['info', 'low', 'moderate']) assert.equal(judgeAudit(report(severity)).ok, true)
  assert.match(judgeAudit(JSON.stringify({ auditReportVersion: 2, vulnerabilities: {} })).lines[0] ?? '', /nothing serious/)
})

test('a registry that cannot say is told of, and does not fail the build', () => {
  assert.deepEqual(judgeAudit(JSON.stringify({ message: '405 Method Not Allowed', statusCode: 405 })), {
    ok: true,
    lines: ['The dependencies were NOT audited: 405 Method Not Allowed']
  })
  assert.equal(judgeAudit('').ok, true)
})
