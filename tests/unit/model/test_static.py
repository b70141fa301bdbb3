"""The static options and their defaults, section by section."""

import msgspec
import pytest

from pointsman.config.schema import walk
from pointsman.model import entry_points, static
from pointsman.model.static import Static

S = 1_000_000_000


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (
            Static(),
            {
                "debug": False,
                "logLevel": "",
                "defaultEntryPoints": [],
                "providersThrottleDuration": 0,
                "maxIdleConnsPerHost": 200,
                "keepTrailingSlash": False,
                "allowMinWeightZero": False,
                "threads": 0,
                "stateDir": "",
                "security": "default",
                "graceTimeOut": 0,
                "idleTimeout": 0,
                "entryPoints": {},
                "file": None,
                "kubernetes": None,
                "api": None,
                "ping": None,
                "rest": None,
                "metrics": None,
                "accessLog": None,
                "traefikLog": None,
                "retry": None,
                "healthCheck": None,
                "web": None,
            },
        ),
        (static.LifeCycle(), {"requestAcceptGraceTimeout": None, "graceTimeOut": 10 * S}),
        (
            static.RespondingTimeouts(),
            {"readTimeout": 0, "writeTimeout": 0, "idleTimeout": 180 * S, "headTimeout": 60 * S},
        ),
        (static.ForwardingTimeouts(), {"dialTimeout": 30 * S, "responseHeaderTimeout": 0}),
        (static.Limits(), {"requestLineBytes": 8192, "headBytes": 65536, "fields": 128, "connections": 0}),
        (static.Retry(), {"attempts": 0}),
        (static.HealthCheck(), {"interval": 30 * S}),
        (
            static.Kubernetes(),
            {
                "endpoint": "",
                "token": "",
                "certAuthFilePath": "",
                "namespaces": [],
                "labelSelector": "",
                "ingressClass": "",
                "disablePassHostHeaders": False,
                "enablePassTLSCert": False,
                "throttleDuration": 0,
                "ingressEndpoint": None,
                "manifests": "",
                "kubeconfig": "",
            },
        ),
        (static.FileProvider(), {"filename": "", "directory": "", "watch": True}),
        (static.Api(), {"entryPoint": "traefik", "dashboard": True, "debug": False, "statistics": None}),
        (static.Statistics(), {"recentErrors": 10}),
        (static.Ping(), {"entryPoint": "traefik"}),
        (static.Rest(), {"entryPoint": "traefik"}),
        (static.Prometheus(), {"entryPoint": "traefik", "buckets": [0.1, 0.3, 1.2, 5.0]}),
        (static.AccessLog(), {"filePath": "", "format": "common", "bufferingSize": 0, "filters": None, "fields": None}),
        (static.AccessLogFilters(), {"statusCodes": [], "retryAttempts": False, "minDuration": 0}),
        (static.AccessLogFields(), {"defaultMode": "keep", "names": {}, "headers": None}),
        (static.FieldHeaders(), {"defaultMode": "keep", "names": {}}),
        (static.TraefikLog(), {"filePath": "", "format": "common"}),
        (static.Web(), {"address": ":8080", "path": ""}),
        (
            entry_points.EntryPoint(),
            {"address": "", "forwardedHeaders": None, "compress": False, "auth": None, "tls": None, "redirect": None},
        ),
        (entry_points.ForwardedHeaders(), {"insecure": False, "trustedIPs": []}),
        (entry_points.Tls(), {"minVersion": "", "cipherSuites": [], "certificates": [], "sniStrict": False}),
    ],
)
def test_defaults(section: msgspec.Struct, expected: dict[str, object]) -> None:
    built = msgspec.json.decode(msgspec.json.encode(section))
    assert {name: built[name] for name in expected} == expected


def test_every_option_of_ours_has_a_sentence() -> None:
    without = [".".join(path) for path, option in walk(Static) if not option.doc]
    assert without == []


def test_a_static_configuration_survives_json() -> None:
    full = Static(
        entry_points={"http": entry_points.EntryPoint(address=":80")}, kubernetes=static.Kubernetes(token="t")
    )
    assert msgspec.json.decode(msgspec.json.encode(full), type=Static) == full
