{{- define "pointsman.subjects" }}
subjects:
  - kind: ServiceAccount
    name: {{ include "pointsman.serviceAccount" . }}
    namespace: {{ .Release.Namespace }}
{{- end }}

{{- define "pointsman.rules" }}
  - apiGroups: [""]
    resources: [services, endpoints, secrets]
    verbs: [get, list, watch]
  - apiGroups: [discovery.k8s.io]
    resources: [endpointslices]
    verbs: [get, list, watch]
  - apiGroups: [networking.k8s.io, extensions]
    resources: [ingresses]
    verbs: [get, list, watch]
  - apiGroups: [networking.k8s.io, extensions]
    resources: [ingresses/status]
    verbs: [update]
  - apiGroups: [""]
    resources: [events]
    verbs: [create, patch]
{{- end }}
