{{/* What the chart itself sets, and what to set instead. */}}
{{- define "sluice.ownSettings" -}}
HOST: it is always 0.0.0.0 in the pod
PORT: it is always 8080 in the pod; others see service.port
DATA_DIR: it is always /data, the volume
DRAIN_DELAY_MS: set drain.delayMs
DRAIN_TIMEOUT_MS: set drain.timeoutMs
SETTLE_DRAIN_MS: set drain.settleMs
ADMIN_HOST: set admin.enabled=true
ADMIN_PORT: set admin.enabled=true and admin.port
SLUICE_CONFIG: set one of declarative
{{- end }}

{{/* Refuses values that do not fit together, all of them at once, and says what to set. Called by the first template that uses them. */}}
{{- define "sluice.check" -}}
{{- $problems := concat (include "sluice.problemsOfMode" . | fromYamlArray) (include "sluice.problemsOfEnvironment" . | fromYamlArray) (include "sluice.problemsOfParts" . | fromYamlArray) -}}
{{- with $problems }}{{ fail (printf "the values do not fit together:\n- %s\n" (join "\n- " .)) }}{{ end -}}
{{- end }}

{{/* Names of variables that stand in extraEnv (JSON). */}}
{{- define "sluice.extraNames" -}}
{{- $names := list -}}
{{- range .Values.extraEnv }}{{ $names = append $names .name }}{{ end -}}
{{ toJson $names }}
{{- end }}

{{/* Whether a secret (list: root, its name) is given: by value, or by extraEnv. What is in existingSecret is not known here. */}}
{{- define "sluice.isGiven" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- if or (has $name (include "sluice.extraNames" $root | fromJsonArray)) (index $root.Values.secrets (index (include "sluice.secretValues" $root | fromYaml) $name)) }}true{{ end -}}
{{- end }}

{{/* One process, or replicas (JSON). */}}
{{- define "sluice.problemsOfMode" -}}
{{- $root := . -}}
{{- $problems := list -}}
{{- $secrets := include "sluice.secretValues" . | fromYaml -}}
{{- if .Values.oneProcess -}}
{{- if gt (include "sluice.replicas" . | int) 1 -}}
{{- $problems = append $problems "oneProcess=true runs one replica: leave out replicas, or set oneProcess=false" -}}
{{- end -}}
{{- if .Values.autoscaling.enabled -}}
{{- $problems = append $problems "oneProcess=true cannot be scaled: set autoscaling.enabled=false, or oneProcess=false" -}}
{{- end -}}
{{- if include "sluice.isGiven" (list . "REDIS_URL") -}}
{{- $problems = append $problems "oneProcess=true has no use for Redis: leave out secrets.redisUrl, or set oneProcess=false" -}}
{{- end -}}
{{- if and (include "sluice.isGiven" (list . "DATABASE_URL")) (not (include "sluice.isGiven" (list . "SLUICE_SECRET_KEY"))) (not .Values.secrets.existingSecret) -}}
{{- $problems = append $problems "a Postgres of yours needs a key that outlives the volume: set secrets.secretKey (openssl rand -hex 32), or leave out secrets.databaseUrl" -}}
{{- end -}}
{{- else if not .Values.secrets.existingSecret -}}
{{- $missing := list -}}
{{- range $name := list "DATABASE_URL" "REDIS_URL" "SLUICE_SECRET_KEY" -}}
{{- if not (include "sluice.isGiven" (list $root $name)) }}{{ $missing = append $missing (printf "secrets.%s" (index $secrets $name)) }}{{ end -}}
{{- end -}}
{{- with $missing -}}
{{- $problems = append $problems (printf "replicas share a Postgres, a Redis and a key: set %s, or secrets.existingSecret, or oneProcess=true for one process that needs none of them" (join " and " .)) -}}
{{- end -}}
{{- end -}}
{{ toJson $problems }}
{{- end }}

{{/* What the container is given as variables (JSON). */}}
{{- define "sluice.problemsOfEnvironment" -}}
{{- $root := . -}}
{{- $problems := list -}}
{{- $own := include "sluice.ownSettings" . | fromYaml -}}
{{- if .Values.caBundle.existingConfigMap }}{{ $own = set $own "NODE_EXTRA_CA_CERTS" "leave out one of it and caBundle.existingConfigMap" }}{{ end -}}
{{- $secrets := include "sluice.secretValues" . | fromYaml -}}
{{- $extra := include "sluice.extraNames" . | fromJsonArray -}}
{{- range $name, $value := .Values.settings -}}
{{- if hasKey $own $name }}{{ $problems = append $problems (printf "settings.%s is not yours to set: %s" $name (index $own $name)) }}{{ end -}}
{{- if hasKey $secrets $name }}{{ $problems = append $problems (printf "settings.%s is a secret: set secrets.%s, or put it into secrets.existingSecret" $name (index $secrets $name)) }}{{ end -}}
{{- if has $name $extra }}{{ $problems = append $problems (printf "%s is in settings and in extraEnv: leave out one" $name) }}{{ end -}}
{{- end -}}
{{- range $name := uniq $extra -}}
{{- if hasKey $own $name }}{{ $problems = append $problems (printf "%s in extraEnv is not yours to set: %s" $name (index $own $name)) }}{{ end -}}
{{- end -}}
{{- if ne (len $extra) (len (uniq $extra)) }}{{ $problems = append $problems "extraEnv has a name twice" }}{{ end -}}
{{- with .Values.secrets -}}
{{- if and .adminToken (lt (len .adminToken) 16) }}{{ $problems = append $problems "secrets.adminToken must have 16 characters or more: openssl rand -hex 32 makes one" }}{{ end -}}
{{- if and .databaseUrl (not (regexMatch "^postgres(ql)?://" .databaseUrl)) }}{{ $problems = append $problems "secrets.databaseUrl must begin with postgres:// or postgresql://" }}{{ end -}}
{{- if and .redisUrl (not (regexMatch "^rediss?://" .redisUrl)) }}{{ $problems = append $problems "secrets.redisUrl must begin with redis:// or rediss://" }}{{ end -}}
{{- end -}}
{{ toJson $problems }}
{{- end }}

{{/* What is beside the container (JSON). */}}
{{- define "sluice.problemsOfParts" -}}
{{- $problems := list -}}
{{- if and .Values.console.ingress.enabled (not .Values.admin.enabled) -}}
{{- $problems = append $problems "the console is on the admin port: set admin.enabled=true, or console.ingress.enabled=false" -}}
{{- end -}}
{{- if and .Values.serviceMonitor.enabled (not .Values.admin.enabled) -}}
{{- $problems = append $problems "serviceMonitor scrapes the admin port: set admin.enabled=true" -}}
{{- end -}}
{{- if and .Values.prometheusRule.enabled (not .Values.prometheusRule.alerts) -}}
{{- $problems = append $problems "prometheusRule has no alarms: give it a file by --set-file prometheusRule.alerts=deploy/prometheus/alerts.yaml" -}}
{{- end -}}
{{- with .Values.declarative -}}
{{- if gt (len (compact (list .content .existingSecret .existingConfigMap))) 1 -}}
{{- $problems = append $problems "there is one declarative file: set one of declarative.content, declarative.existingSecret and declarative.existingConfigMap" -}}
{{- end -}}
{{- end -}}
{{- with .Values.autoscaling -}}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) -}}
{{- $problems = append $problems "autoscaling.minReplicas is above autoscaling.maxReplicas" -}}
{{- end -}}
{{- end -}}
{{- range .Values.ingress.paths -}}
{{- if regexMatch "^/+(admin|metrics|console)?(/|$)" . -}}
{{- $problems = append $problems (printf "ingress.paths has %s, which would lead to /admin, /console or /metrics: leave it out" .) -}}
{{- end -}}
{{- end -}}
{{- with .Values.networkPolicy -}}
{{- if and .enabled (not .ingressNamespace) (not .ingressFrom) -}}
{{- $problems = append $problems "somebody must be allowed to send requests: set networkPolicy.ingressNamespace or networkPolicy.ingressFrom, or networkPolicy.enabled=false" -}}
{{- end -}}
{{- if and .enabled $.Values.admin.enabled (not .prometheusNamespace) (not .prometheusFrom) -}}
{{- $problems = append $problems "somebody must be allowed to reach the admin port: set networkPolicy.prometheusNamespace or networkPolicy.prometheusFrom, or admin.enabled=false" -}}
{{- end -}}
{{- end -}}
{{- range .Values.extraVolumes -}}
{{- if has .name (list "journal" "tmp" "declarative" "ca-bundle") -}}
{{- $problems = append $problems (printf "extraVolumes has %s, as the chart has: give it another name" .name) -}}
{{- end -}}
{{- end -}}
{{ toJson $problems }}
{{- end }}
