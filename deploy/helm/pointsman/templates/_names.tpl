{{- define "pointsman.name" -}}
{{- if contains .Chart.Name .Release.Name -}}{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else -}}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{- define "pointsman.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "pointsman.labels" -}}
{{ include "pointsman.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "pointsman.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}{{ .Values.serviceAccount.name | default (include "pointsman.name" .) }}
{{- else -}}{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end -}}

{{- /* Cluster-wide objects of releases in several namespaces must not collide. */ -}}
{{- define "pointsman.clusterName" -}}
{{- $name := include "pointsman.name" . -}}
{{- if eq $name .Release.Namespace -}}{{ $name }}{{- else -}}{{ printf "%s-%s" .Release.Namespace $name }}{{- end -}}
{{- end -}}

{{- /* As the program names it. */ -}}
{{- define "pointsman.lease" -}}
{{- $class := regexReplaceAll "[^a-z0-9.-]+" (lower .Values.kubernetes.ingressClass) "-" -}}
{{- $class = regexReplaceAll "^[-.]+|[-.]+$" $class "" -}}
{{- if $class -}}pointsman-{{ $class }}{{- else -}}pointsman{{- end -}}
{{- end -}}
