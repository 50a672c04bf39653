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

{{- define "sluice.declared" -}}
{{- with .Values.declarative -}}
{{- if or .content .existingSecret .existingConfigMap }}true{{ end -}}
{{- end -}}
{{- end }}
