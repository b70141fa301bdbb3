"""What the code's tables do not say about names of Traefik 1.7: what is better, why something is missing."""

RULES = ("`;` and `,`", "priority by length of the rules", "redirect of a last slash")
"""Of the rule language beside its names."""

SHORT = {"c": "configFile", "d": "debug", "l": "logLevel", "g": "graceTimeOut"}
COMMANDS = ("traefik", "version", "healthcheck", "storeconfig", "bug")

OUTSIDE = {
    "acme": "ACME",
    **dict.fromkeys(
        (
            "boltdb",
            "cluster",
            "consul",
            "consulCatalog",
            "docker",
            "dynamodb",
            "ecs",
            "etcd",
            "eureka",
            "marathon",
            "mesos",
            "rancher",
            "serviceFabric",
            "storeconfig",
            "zookeeper",
        ),
        "provider",
    ),
}
"""Sections and commands that are another matter; clusters and `storeconfig` need a key-value store."""

TLS_OPTIONS = frozenset({"insecureSkipVerify", "rootCAs", "certFile", "keyFile", "enablePassTLSCert"})
TLS_ANNOTATIONS = frozenset({"pass-tls-cert", "pass-client-tls-cert", "auth-tls-secret", "auth-tls-insecure"})

IDLE = {
    f"{provider}.{key}": "has no effect in 1.7 either"
    for provider, keys in {
        "file": ("constraints", "trace", "templateVersion", "debugLogGeneratedTemplate"),
        "kubernetes": ("constraints", "trace", "templateVersion"),
    }.items()
    for key in keys
}
"""Accepted by 1.7 and not used there."""

OLD = frozenset(
    {
        "backends.NAME.loadBalancer.sticky",
        "frontends.NAME.basicAuth",
        "frontends.NAME.whitelistSourceRange",
    }
)
"""Dynamic options that 1.7 itself calls deprecated."""

BETTER = {
    "configFile": "a file that is named and missing is an error",
    "checkNewVersion": "nobody is asked",
    "sendAnonymousUsage": "nothing is sent",
    "providersThrottleDuration": "0 by default: bursts are held together for at most 50 ms",
    "lifeCycle.requestAcceptGraceTimeout": "5 s by default in a cluster, as endpoints are removed late",
    "ping.entryPoint": "`/ready` beside it",
    "file.watch": "ConfigMaps that are swapped are seen; an object with a mistake keeps its last good form",
    "file.filename": "a mistake names its line and costs one object",
    "file.directory": "a mistake names its line and costs one object",
    "tracing.backend": "`otlp`, too: traceparent and B3. Spans of all go by OTLP to `tracing.otlp.endpoint`",
    "tracing.jaeger.localAgentHostPort": "spans go by OTLP to `tracing.otlp.endpoint`, which Jaeger takes",
    "tracing.zipkin.httpEndpoint": "spans go by OTLP to `tracing.otlp.endpoint`",
    "tracing.datadog.localAgentHostPort": "spans go by OTLP to `tracing.otlp.endpoint`, which the agent takes",
    "tracing.datadog.prioritySampling": "the priority is always passed on",
    "retry.attempts": "without `[retry]`, servers that refuse a connection are passed over all the same",
    "rest.entryPoint": "what was PUT outlives a crash; a mistake refuses the whole",
    "healthCheck.interval": "what is known of a server outlives a reload",
    "entryPoints.NAME.proxyProtocol.trustedIPs": "version 2, too",
    "ProxyProtocol.TrustedIPs": "version 2, too",
    "backends.NAME.loadBalancer.method": "smooth and exact over all threads; outlives reloads",
    "backends.NAME.circuitBreaker.expression": "its state outlives reloads",
    "backends.NAME.maxConn.amount": "counts outlive reloads",
    "backends.NAME.healthCheck.path": "what is known of a server outlives a reload",
    "frontends.NAME.ratelimit.rateSet.NAME.period": "buckets outlive reloads",
    "frontends.NAME.errors.NAME.backend": "no server has to be called `error`",
    "frontends.NAME.whiteList.sourceRange": "a bad range answers 404: no other frontend takes the requests",
    "frontends.NAME.auth.basic.users": "a bad line answers 404: no other frontend takes the requests",
    "frontends.NAME.auth.digest.users": "a bad line answers 404: no other frontend takes the requests",
    "kubernetes.io/ingress.class": "IngressClass objects and `spec.ingressClassName`, too",
    "service-weights": "smooth and exact over all threads",
    "whitelist-source-range": "a bad range answers 404: no other Ingress takes the requests",
    "auth-type": "a bad value answers 404: no other Ingress takes the requests",
    "auth-secret": "a bad Secret answers 404: no other Ingress takes the requests",
    "request-modifier": "quotes and `\\d` break nothing",
    "content-security-policy": "quotes break nothing",
    "custom-request-headers": "quotes break nothing",
    "custom-response-headers": "quotes break nothing",
    "load-balancer-method": "smooth and exact over all threads; outlives reloads",
    "circuit-breaker-expression": "its state outlives reloads",
}
"""By name as the page has it."""

WHY = {
    "kubernetes.filename": "a Go template that replaces the built-in one; there is none",
    "kubernetes.debugLogGeneratedTemplate": "there is no template",
}
"""Why a name is missing, where that is more than a matter of time."""
