"""What an object offers to others: itself, and what a controller is known to make of it.

Sources: external-secrets apis/externalsecrets/v1 (ExternalSecretTarget), sealed-secrets pkg/apis/sealedsecrets/v1alpha1
(SecretTemplateSpec), cert-manager pkg/apis/certmanager/v1 (CertificateSpec), OpenShift service-ca-operator (serving
certificates), secrets-store-csi-driver apis/v1 (SecretObject), vault-secrets-operator api/v1beta1 (Destination).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from modelwright.judge.references import ANYWHERE, Ask, Keys, Links, Offer, Register, open_asks
from modelwright.typed import Any

SECRET = "Secret"
_TLS = ("ca.crt", "tls.crt", "tls.key")


def offers(data: Mapping[str, Any]) -> Iterator[Offer]:
    """Everything an object offers; nothing where it has no name."""
    kind, version, metadata = data.get("kind"), data.get("apiVersion"), _map(data.get("metadata"))
    name, namespace = metadata.get("name"), metadata.get("namespace") or ""
    if not (isinstance(kind, str) and isinstance(version, str) and isinstance(name, str) and isinstance(namespace, str)):
        return
    group = version.rpartition("/")[0]
    keyed, makes = _KEYS.get((group, kind)), group not in _QUIET and not group.endswith(".k8s.io") and "." in group
    yield Offer(group, kind, namespace, name, keyed(data) if keyed else None, makes)
    special = _MAKES.get((group, kind))
    if special:
        for made, called, keys in special(data, name):
            if isinstance(called, str) and called:
                yield Offer("", made, ANYWHERE if group + kind in _EVERYWHERE else namespace, called, keys)


def linked(asks: Sequence[Ask], objects: Sequence[Mapping[str, Any]]) -> Links | None:
    """What some objects of one environment ask of others, and offer beyond their names; None for neither."""
    if asks:
        asks = tuple(open_asks(asks, Register(offer for data in objects for offer in offers(data))))
    more = tuple(offer for data in objects if data.get("kind") in _SPECIAL for offer in offers(data))
    return Links(tuple(asks), more) if asks or more else None


def special(kind: str) -> bool:
    """Whether objects of a kind offer more than their names."""
    return kind in _SPECIAL


Made = Iterator[tuple[str, Any, Keys]]
"""Kind, name and keys."""


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _maps(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _names(*maps: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for each in maps if isinstance(each, dict) for key in each if isinstance(key, str)))


def _secret(data: Mapping[str, Any]) -> Keys:
    # One without any is filled by somebody: a token controller, a script, a placeholder for what may not be in Git.
    return None if data.get("type") == "kubernetes.io/service-account-token" else _names(data.get("data"), data.get("stringData")) or None


_INJECTED = ("inject-trusted-cabundle", "inject-cabundle")


def _config_map(data: Mapping[str, Any]) -> Keys:
    metadata = _map(data.get("metadata"))
    marks = _names(metadata.get("annotations"), metadata.get("labels"))
    if any(mark.endswith(_INJECTED) for mark in marks):
        return None
    return _names(data.get("data"), data.get("binaryData")) or None


def _external(data: Mapping[str, Any], name: str) -> Made:
    spec = _map(data.get("spec"))
    yield from _external_secret(_map(spec.get("externalSecretSpec")), spec.get("externalSecretName") or name)


def _external_secret(spec: Mapping[str, Any], name: Any) -> Made:
    target = _map(spec.get("target"))
    policy, template = target.get("creationPolicy"), _map(target.get("template"))
    if policy == "None":
        return
    fetched = [each.get("secretKey") for each in _maps(spec.get("data"))]
    keys: Keys = tuple(each for each in fetched if isinstance(each, str))
    if policy == "Merge" or spec.get("dataFrom") or template.get("templateFrom"):
        keys = None
    elif template.get("data"):
        merged = keys if template.get("mergePolicy") == "Merge" else ()
        keys = (*(merged or ()), *_names(template.get("data")))
    yield SECRET, target.get("name") or name, keys


def _sealed(data: Mapping[str, Any], name: str) -> Made:
    spec = _map(data.get("spec"))
    template = _map(spec.get("template"))
    keys = _names(spec.get("encryptedData"), template.get("data"))
    yield SECRET, name, keys or None


def _certificate(data: Mapping[str, Any], name: str) -> Made:
    spec = _map(data.get("spec"))
    more = spec.get("keystores") or spec.get("additionalOutputFormats")
    yield SECRET, spec.get("secretName"), None if more else _TLS


def _issuer(data: Mapping[str, Any], name: str) -> Made:
    yield SECRET, _map(_map(_map(data.get("spec")).get("acme")).get("privateKeySecretRef")).get("name"), None


def _service(data: Mapping[str, Any], name: str) -> Made:
    annotations = _map(_map(data.get("metadata")).get("annotations"))
    for prefix in ("beta", "alpha"):
        word = f"service.{prefix}.openshift.io/serving-cert-secret-name"
        if word in annotations:
            yield SECRET, annotations[word], ("tls.crt", "tls.key")


def _provider(data: Mapping[str, Any], name: str) -> Made:
    for made in _maps(_map(data.get("spec")).get("secretObjects")):
        keys = tuple(str(each.get("key")) for each in _maps(made.get("data")))
        yield SECRET, made.get("secretName"), keys or None


def _vault(data: Mapping[str, Any], name: str) -> Made:
    yield SECRET, _map(_map(data.get("spec")).get("destination")).get("name"), None


def _sops(data: Mapping[str, Any], name: str) -> Made:
    for made in _maps(_map(data.get("spec")).get("secretTemplates")):
        yield SECRET, made.get("name"), None


def _own_secret(data: Mapping[str, Any], name: str) -> Made:
    yield SECRET, name, None


_KEYS: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], Keys]] = {
    ("", SECRET): _secret,
    ("", "ConfigMap"): _config_map,
}
_MAKES: Mapping[tuple[str, str], Callable[[Mapping[str, Any], str], Made]] = {
    ("", "Service"): _service,
    ("external-secrets.io", "ExternalSecret"): lambda data, name: _external_secret(_map(data.get("spec")), name),
    ("external-secrets.io", "ClusterExternalSecret"): _external,
    ("bitnami.com", "SealedSecret"): _sealed,
    ("cert-manager.io", "Certificate"): _certificate,
    ("cert-manager.io", "Issuer"): _issuer,
    ("cert-manager.io", "ClusterIssuer"): _issuer,
    ("secrets-store.csi.x-k8s.io", "SecretProviderClass"): _provider,
    ("secrets.hashicorp.com", "VaultStaticSecret"): _vault,
    ("secrets.hashicorp.com", "VaultDynamicSecret"): _vault,
    ("secrets.hashicorp.com", "VaultPKISecret"): _vault,
    ("isindir.github.com", "SopsSecret"): _sops,
    ("onepassword.com", "OnePasswordItem"): _own_secret,
}
_EVERYWHERE = frozenset({"external-secrets.ioClusterExternalSecret", "cert-manager.ioClusterIssuer"})
_QUIET = frozenset({
    "argoproj.io", "autoscaling.openshift.io", "bitnami.com", "cert-manager.io", "external-secrets.io", "infrastructure.opendatahub.io",
    "isindir.github.com", "keda.sh", "monitoring.coreos.com", "onepassword.com", "route.openshift.io", "secrets.hashicorp.com",
    "serving.knative.dev", "serving.kserve.io", "template.openshift.io",
    "pipelines.kubeflow.org", "kueue.x-k8s.io", "gateway.networking.k8s.io", "networking.istio.io", "security.istio.io",
})
"""Groups of custom kinds of which it is known what their controllers make; others may make anything named after theirs."""
_SPECIAL = frozenset(kind for _, kind in (*_KEYS, *_MAKES))
