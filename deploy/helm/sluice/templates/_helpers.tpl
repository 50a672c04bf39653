{{- define "sluice.name" -}}
{{- if contains "sluice" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-sluice" .Release.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "sluice.selector" -}}
app.kubernetes.io/name: sluice
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sluice.labels" -}}
{{ include "sluice.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "sluice.secret" -}}
{{- .Values.secrets.existingSecret | default (include "sluice.name" .) }}
{{- end }}

{{/* Seconds from SIGTERM to SIGKILL: everything the process may take by its own settings, rounded up, and the margin. */}}
{{- define "sluice.graceSeconds" -}}
{{- $ms := add .Values.drain.delayMs .Values.drain.timeoutMs .Values.drain.settleMs -}}
{{- add (div (add $ms 999) 1000) .Values.drain.marginSeconds -}}
{{- end }}

{{- define "sluice.replicas" -}}
{{- if kindIs "invalid" .Values.replicas }}{{ ternary 1 2 .Values.oneProcess }}{{ else }}{{ .Values.replicas | int64 }}{{ end -}}
{{- end }}

{{/* What stands in the Secret, and which of secrets each is. */}}
{{- define "sluice.secretValues" -}}
SLUICE_SECRET_KEY: secretKey
SLUICE_ADMIN_TOKEN: adminToken
DATABASE_URL: databaseUrl
REDIS_URL: redisUrl
ANTHROPIC_API_KEY: anthropicApiKey
WEBHOOK_SECRET: webhookSecret
OIDC_CLIENT_SECRET: oidcClientSecret
{{- end }}

{{/* Peers of a NetworkPolicy: those that are given (list), or a namespace. */}}
{{- define "sluice.peers" -}}
{{- $namespace := index . 0 -}}
{{- with index . 1 -}}
{{ toYaml . }}
{{- else -}}
{{- with $namespace -}}
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ . }}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "sluice.declared" -}}
{{- with .Values.declarative -}}
{{- if or .content .existingSecret .existingConfigMap }}true{{ end -}}
{{- end -}}
{{- end }}
