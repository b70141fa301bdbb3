"""Every case of Traefik 1.7's own provider tests has one of ours: a golden pair that says the same, or a test.

Where a ruling of docs/compatibility.md overrules 1.7, the entry is the test of the ruling. Lines without a name in 1.7
are told apart by what they are about.
"""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[3]
GOLDEN = TESTS / "golden" / "ingress"
STATUS = "unit/providers/kubernetes/writing/test_status.py"
UNIT = "unit/providers/kubernetes"

GOLDENS: dict[str, tuple[str, tuple[str, ...]]] = {
    # case of 1.7: golden pair, what its output must say (`!` before what it must not)
    "simple": ("simple", ("url: http://10.10.0.1:8080", "url: http://10.21.0.1:8080", "rule: PathPrefix:/bar")),
    "simple, named port of an ExternalName": ("simple", ("url: https://example.com\n",)),
    "simple, port name https": ("simple", ("url: https://10.15.0.1:8443", "url: https://10.15.0.2:9443")),
    "simple, a service without Endpoints": ("simple", ("Service service2 has no Endpoints",)),
    "simple, ExternalName with a port": ("simple", ("url: http://example.com:8888",)),
    "simple, a target named like a URL": ("simple", ("      http://10.15.0.3:80:\n        url: http://10.15.0.3:80",)),
    "simple, wildcard host": ("simple", ("rule: HostRegexp:{subdomain:[A-Za-z0-9-_]+}.service7",)),
    "simple, neither host nor path": ("simple", ("  service8:\n    backend: service8\n    routes:\n      /:\n",)),
    "loadGlobalIngressWithExternalName": ("default-backend-external-name", ("url: http://some-external-name\n",)),
    "loadGlobalIngressWithPortNumbers": ("default-backend-port-number", ("url: http://10.10.0.1:8080",)),
    "loadGlobalIngressWithMultiplePortNumbers": ("default-backend-two-ports", ("url: http://10.10.0.1:8080", "!:1111")),
    "loadGlobalIngressWithHttpsPortNames": ("default-backend-https-name", ("url: https://10.10.0.1:8080",)),
    "getPassHostHeader": ("pass-host-header-off", ("  foo/bar:\n", "!passHostHeader")),
    "getPassTLSCert": ("pass-tls-cert-on", ("passTLSCert: true", "!url:")),
    "onlyReferencesServicesFromOwnNamespace": ("own-namespace-only", ("  foo:\n", "!url:")),
    "hostlessIngress": ("hostless", ("rule: PathPrefix:/bar", "!passHostHeader")),
    "serviceAnnotations": ("service-annotations", ("expression: ", "method: drr")),
    "serviceAnnotations, empty breaker, sticky": ("service-annotations", ("sticky: true",)),
    "serviceAnnotations, buffering": ("service-annotations", ("maxRequestBodyBytes:", "retryExpression:")),
    "serviceAnnotations, connections": ("service-annotations", ("amount: 6", "extractorFunc: client.ip")),
    "serviceAnnotations, flush interval": ("service-annotations", ("flushInterval: 10ms",)),
    "ingressAnnotations, preserve-host false": ("preserve-host-false", ("!passHostHeader",)),
    "ingressAnnotations, preserve-host true": ("preserve-host-true", ("passHostHeader: true",)),
    "ingressAnnotations, client certificates": ("pass-client-tls-cert", ("passTLSClientCert:", "passTLSCert: true")),
    "ingressAnnotations, entry points": ("entry-points", ("  http-https_other/:\n", "    - http\n    - https\n")),
    "ingressAnnotations, basic": ("auth-basic", ("basic:\n", "users:\n")),
    "ingressAnnotations, another class": ("class-other", ("{}",)),
    "ingressAnnotations, white list": (
        "white-list",
        ("- 1.1.1.1/24\n", "- 1234:abcd::42/32\n", "useXForwardedFor: true"),
    ),
    "ingressAnnotations, rewrite-target /": (
        "rewrite-target-slash",
        ("rule: 'PathPrefix:/api;ReplacePathRegex: ^/api(.*) $1'",),
    ),
    "ingressAnnotations, rewrite-target of /": (
        "rewrite-target-root",
        ("rule: 'PathPrefix:/;ReplacePathRegex: ^(.*) /app$1'",),
    ),
    "ingressAnnotations, realm": ("auth-realm", ("refuse: ", "auth-realm")),
    "ingressAnnotations, redirect-entry-point": ("redirect-entry-point", ("entryPoint: https", "!permanent")),
    "ingressAnnotations, error-pages": ("error-pages", ("- '123'\n", "- '456'\n", "backend: bar", "query: /bar")),
    "ingressAnnotations, rate-limit": ("rate-limit", ("period: 3000000000", "period: 6000000000", "average: 12")),
    "ingressAnnotations, app-root": ("app-root", ("regex: root/$", "replacement: root/root\n")),
    "ingressAnnotations, app-root and rewrite-target": (
        "app-root-rewrite",
        ("regex: root2/$", "replacement: root2/root2", "^(.*) /abc$1", "!url:"),
    ),
    "ingressAnnotations, rewrite-target with ReplacePath": (
        "rewrite-target-replace-path",
        ("rule: PathPrefix:/api\n", "is skipped", "!rule: ReplacePath"),
    ),
    "ingressAnnotations, app-root without a path": ("app-root-no-path", ("regex: root3/$", "replacement: root3/root")),
    "ingressAnnotations, every header": ("headers", ("Content-Type: ", "stsSeconds: ", "isDevelopment: true")),
    "ingressAnnotations, protocol h2c": ("protocol-h2c", ("url: h2c://example.com\n",)),
    "ingressAnnotations, protocol foobar": ("protocol-foobar", ("frontends:", "!url:")),
    "ingressAnnotations, protocol http": ("protocol-http", ("url: http://example.com\n",)),
    "ingressAnnotations, no protocol": ("protocol-none", ("url: https://example.com\n",)),
    "priorityHeaderValue": ("priority", ("  1337-foo/bar:\n", "priority: 1337")),
    "invalidPassTLSCertValue": ("pass-tls-cert-bad", ("  foo/bar:\n", "!passTLSCert: true")),
    "invalidPassHostHeaderValue": ("preserve-host-bad", ("  foo/bar:\n", "passHostHeader: true")),
    "missingResources": ("missing-resources", ("frontends:", "backends:", "does not exist")),
    "ForwardAuth": ("auth-forward", ("trustForwardHeader: true", "authResponseHeaders:")),
    "ForwardAuthMissingURL": ("auth-forward-no-url", ("refuse: ",)),
    "ForwardAuthWithTLSSecret": ("auth-forward-tls", ("cert: ", "key: ", "insecureSkipVerify: true")),
    "tLSSecretLoad": ("tls-secrets", ("  ep1-ep2_example.com:\n", "  ep1-ep2_example.org:\n", "- ep1\n", "- ep2\n")),
    "multiPortServices": ("multi-port", ("  /cheddar:\n", "  /stilton:\n", ":8080", ":8081")),
    "percentageWeightServiceAnnotation": (
        "weights",
        ("weight: 5000\n", "weight: 35000\n", "weight: 20000\n", "weight: 50000\n"),
    ),
    "divergingIngressDefinitions": ("diverging", ("  host-a:\n",)),
    "Empty IngressClass annotation": ("class-option-empty", ("frontends:",)),
    "Provided IngressClass annotation (1)": ("class-option-other", ("frontends:",)),
    "Provided IngressClass annotation (2)": ("class-option-custom", ("frontends:",)),
    "BasicAuth": ("auth-basic-remove-header", ("removeHeader: true",)),
    "addGlobalBackend: Duplicate Frontend, Duplicate Backend": ("default-backend-duplicate", ("error: ",)),
    "addGlobalBackend: ServiceMissing": ("default-backend-service-missing", ("does not exist", "!frontends:")),
    "addGlobalBackend: EndpointMissing": ("default-backend-endpoints-missing", ("service1",)),
    "RuleType: annotation empty": ("rule-type-empty", ("rule: PathPrefix:/path",)),
    "RuleType: Path": ("rule-type-path", ("rule: Path:/path", "rule: Host:host", "  host/path:\n")),
    "RuleType: PathStrip": ("rule-type-path-strip", ("rule: PathStrip:/path",)),
    "RuleType: PathPrefixStrip": ("rule-type-path-prefix-strip", ("rule: PathPrefixStrip:/path",)),
    "RuleFails: unknown": ("rule-type-unknown", ("!frontends:", "error: ")),
    "RuleFails: spaces": ("rule-type-spaces", ("!frontends:", "error: ")),
    "RuleFails: only separator": ("rule-type-separator", ("!frontends:", "error: ")),
    "RuleFails: ReplacePath + modifier ReplacePath": (
        "modifier-with-rule-type-replace-path",
        ("!frontends:", "error: "),
    ),
    "RuleFails: ReplacePath + modifier ReplacePathRegex": (
        "modifier-with-rule-type-replace-path-regex",
        ("!frontends:", "error: "),
    ),
    "RuleFails: empty name": ("rule-type-no-name", ("!frontends:", "error: ")),
    "ModifierType: none": ("modifier-none", ("rule: PathPrefix:/path\n",)),
    "ModifierType: AddPrefix": ("modifier-add-prefix", ("rule: PathPrefix:/path;AddPrefix:/foo",)),
    "ModifierType: AddPrefix with blanks": ("modifier-add-prefix-blanks", ("rule: PathPrefix:/path;AddPrefix:/foo",)),
    "ModifierType: ReplacePath": ("modifier-replace-path", ("rule: PathPrefix:/path;ReplacePath:/foo",)),
    "ModifierType: ReplacePath with blanks": (
        "modifier-replace-path-blanks",
        ("rule: PathPrefix:/path;ReplacePath:/foo",),
    ),
    "ModifierType: ReplacePathRegex": ("modifier-regex", ("rule: PathPrefix:/path;ReplacePathRegex:/foo /bar",)),
    "ModifierType: ReplacePathRegex with blanks": (
        "modifier-regex-blanks",
        ("rule: PathPrefix:/path;ReplacePathRegex:/foo /bar",),
    ),
    "ModifierFails: no value": ("modifier-no-value", ("!frontends:", "error: ")),
    "ModifierFails: blanks": ("modifier-blanks", ("!frontends:", "error: ")),
    "ModifierFails: only separator": ("modifier-separator", ("!frontends:", "error: ")),
    "ModifierFails: unknown": ("modifier-unknown", ("!frontends:", "error: ")),
    "ModifierFails: no name": ("modifier-no-name", ("!frontends:", "error: ")),
    "ForwardAuthWithTLSSecretFailures: empty cert and key": ("auth-forward-tls-empty", ("refuse: ",)),
    "ForwardAuthWithTLSSecretFailures: wrong secret name": ("auth-forward-tls-other-secret", ("refuse: ",)),
    "ForwardAuthWithTLSSecretFailures: empty certificate data": ("auth-forward-tls-empty-cert", ("refuse: ",)),
    "ForwardAuthWithTLSSecretFailures: empty key data": ("auth-forward-tls-empty-key", ("refuse: ",)),
    "ForwardAuthWithTLSSecretFailures: wrong cert name": ("auth-forward-tls-wrong-cert-name", ("refuse: ",)),
    "ForwardAuthWithTLSSecretFailures: wrong key name": ("auth-forward-tls-wrong-key-name", ("refuse: ",)),
    "GetTLS: secret not found": ("tls-secret-missing", ("does not exist",)),
    "GetTLS: tls.crt missing": ("tls-no-cert", ("tls.crt",)),
    "GetTLS: tls.key missing": ("tls-no-key", ("tls.key",)),
    "GetTLS: both missing": ("tls-empty-secret", ("tls.crt", "tls.key")),
    "GetTLS: add certificates": ("tls-two", ("  testing/test-secret:\n", "  testing/test-secret2:\n")),
    "GetTLS: no secret name": ("tls-no-secret-name", ("frontends:", "!tls:\n")),
    "GetTLS: entry points from annotation": ("tls-entry-points", ("    - api-secure\n    - https\n",)),
    "GetTLS: bad certificate": ("tls-plain-text", ("PEM",)),
    "GetTLS: nested bad certificate": ("tls-nested-bad", ("tls.crt",)),
}
RULINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "templateBreakingIngresssValues": ("quotes", ("frontends:",)),
    "getFrontendRedirect invalid": ("redirect-regex-literal", ("regex: ", "replacement: ")),
}
"""Overruled: the damage stays with the object, and a text that TOML refuses is taken as it is."""

ELSEWHERE: dict[str, tuple[str, ...]] = {
    # case of 1.7: tests, as `file::function`
    "addGlobalBackend: ServiceAPIError, EndpointAPIError": (
        f"{UNIT}/test_informer.py::test_server_errors_are_survived_and_told",
    ),
    "newK8sClient_inCluster": (f"{UNIT}/test_credentials.py::test_a_pod_without_a_token_says_which_file",),
    "newK8sClient_inCluster_failLabelSel": (f"{UNIT}/test_provider.py::test_a_bad_label_selector_is_refused_by_name",),
    "newK8sClient_outOfCluster": (f"{UNIT}/test_credentials.py::test_outside_the_options_are_used",),
    "KubeAPIErrors: service": (f"{UNIT}/test_provider.py::test_an_outage_changes_no_route_and_its_end_is_told",),
    "KubeAPIErrors: endpoints": (f"{UNIT}/test_provider.py::test_an_outage_changes_no_route_and_its_end_is_told",),
    "GetTLS: client error": ("kubernetes/test_provider_access.py::test_without_permission_for_secrets_all_else_works",),
    "Status: no ingressEndpoint": (f"{STATUS}::test_address_and_name_are_written_where_they_are_not_yet",),
    "Status: empty ingressEndpoint": (
        "unit/config/test_settle.py::test_an_ingress_endpoint_that_names_nothing_is_told",
    ),
    "Status: publishedService foo": (f"{STATUS}::test_a_service_without_an_address_and_a_bad_name_write_nothing",),
    "Status: publishedService foo/bar": (f"{STATUS}::test_a_service_without_an_address_and_a_bad_name_write_nothing",),
    "Status: publishedService foo/bar, lookup error": (
        f"{STATUS}::test_what_fails_is_tried_again_and_what_is_forbidden_is_told",
    ),
    "Status: service without LB status": (f"{STATUS}::test_a_service_without_an_address_and_a_bad_name_write_nothing",),
    "Status: publishedService ok": (f"{STATUS}::test_a_services_first_address_is_published",),
    "Status: ip only, hostname only": (f"{STATUS}::test_address_and_name_are_written_where_they_are_not_yet",),
    "Status: update failures": (f"{STATUS}::test_what_fails_is_tried_again_and_what_is_forbidden_is_told",),
    "weight_allocator_test: percentages": (f"{UNIT}/test_weights.py::test_percentages",),
    "weight_allocator_test: shares": (
        f"{UNIT}/test_weights.py::test_one_service_given_the_other_left_out",
        f"{UNIT}/test_weights.py::test_two_paths_with_one_left_out_each",
        f"{UNIT}/test_weights.py::test_the_same_service_left_out_on_two_paths",
        f"{UNIT}/test_weights.py::test_nothing_is_left_for_the_one_left_out",
        f"{UNIT}/test_weights.py::test_an_empty_map_gives_each_path_to_its_service",
        f"{UNIT}/test_weights.py::test_sums_and_services_that_cannot_be",
    ),
    "weight_allocator_test: text form": (f"{UNIT}/test_weights.py::test_a_map",),
    "percentage_test": (
        f"{UNIT}/test_weights.py::test_percentages",
        f"{UNIT}/test_weights.py::test_texts_that_are_no_percentage",
    ),
    "annotations_test": (
        f"{UNIT}/test_annotations.py::test_plain_and_prefixed_keys",
        f"{UNIT}/test_annotations.py::test_legacy_keys",
    ),
    "client_test": (f"{UNIT}/test_client.py::test_errors_carry_status_message_and_retry_after_but_no_token",),
}


@pytest.mark.parametrize("case", [*GOLDENS, *RULINGS])
def test_a_golden_pair_says_what_the_case_says(case: str) -> None:
    name, texts = (GOLDENS | RULINGS)[case]
    assert (GOLDEN / f"{name}.in.yaml").exists()
    output = (GOLDEN / f"{name}.out.yaml").read_text()
    for text in texts:
        if text.startswith("!"):
            assert text[1:] not in output, text
        else:
            assert text in output, text


@pytest.mark.parametrize("case", ELSEWHERE)
def test_the_test_of_the_case_is_there(case: str) -> None:
    for reference in ELSEWHERE[case]:
        file, function = reference.split("::")
        assert re.search(rf"^(async )?def {function}\(", (TESTS / file).read_text(), re.MULTILINE), reference
