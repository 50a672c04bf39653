import assert from 'node:assert/strict'
import { test } from 'node:test'
import { officeSettings } from '../../../../services/operations/office/office-settings.ts'
import { readSettings } from '../../../../services/resources/set-up/settings.ts'

const WEBHOOK = {
  WEBHOOK_URL: 'https://hooks.example.com/sluice',
  WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 7).toString('base64')}`
}

test('a process that serves keeps house by its settings, and delivers events where a webhook is set', () => {
  const config = readSettings({ ...WEBHOOK, TRACE_RETENTION_DAYS: '3', USAGE_RETENTION_DAYS: '400' })
  const { housekeeping, webhook, hasWebhook } = officeSettings(config, { serves: true, replica: 'one' })
  const { maintenanceIntervalMs: intervalMs, webhookSecrets: secrets } = config
  assert.deepEqual(housekeeping, { intervalMs, traceRetentionDays: 3, usageRetentionDays: 400 })
  assert.equal(hasWebhook, true)
  assert.deepEqual([webhook?.url, webhook?.secrets], [WEBHOOK.WEBHOOK_URL, secrets])
})

test('without a webhook there is none to deliver to', () => {
  const { webhook, hasWebhook } = officeSettings(readSettings({}), { serves: true, replica: 'one' })
  assert.deepEqual([webhook, hasWebhook], [null, false])
})

test('one that does not serve settles and records events, but neither delivers them nor keeps house', () => {
  const config = readSettings(WEBHOOK)
  const { settleIntervalMs, settleDrainMs } = config
  const expected = { settleIntervalMs, settleDrainMs, hasWebhook: true, webhook: null, housekeeping: null, replica: 'one' }
  assert.deepEqual(officeSettings(config, { serves: false, replica: 'one' }), expected)
})
