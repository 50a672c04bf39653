import type { Settings } from '../../resources/set-up/settings.ts'
import type { OfficeSettings } from './back-office.ts'

/** What the back office is told of the process's settings; one that doesn't serve keeps no house and delivers nothing. */
export function officeSettings(
  config: Settings,
  { serves, replica }: { serves: boolean; replica: string }
): Omit<OfficeSettings, 'done'> {
  return {
    replica,
    settleIntervalMs: config.settleIntervalMs,
    settleDrainMs: config.settleDrainMs,
    hasWebhook: config.webhookUrl !== null,
    webhook: serves ? webhookOf(config) : null,
    housekeeping: serves
      ? {
          intervalMs: config.maintenanceIntervalMs,
          traceRetentionDays: config.traceRetentionDays,
          usageRetentionDays: config.usageRetentionDays
        }
      : null
  }
}

function webhookOf(config: Settings): OfficeSettings['webhook'] {
  const { webhookUrl: url, webhookSecrets: secrets } = config
  if (url === null || secrets === null) return null
  return {
    url,
    secrets,
    timeoutMs: config.webhookTimeoutMs,
    intervalMs: config.webhookIntervalMs,
    retryMinMs: config.webhookRetryMinMs,
    retryMaxMs: config.webhookRetryMaxMs,
    keepMs: config.webhookKeepMs
  }
}
