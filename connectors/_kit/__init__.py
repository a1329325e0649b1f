"""The wire and what every connector needs around it: deadlines, errors, strict reading, secrets."""

from connectors._kit.addresses import AddressRules, Endpoint, address_rules
from connectors._kit.answer import Answer
from connectors._kit.auth import ApiKey, Auth, Basic, Bearer, NoAuth
from connectors._kit.body import TOO_LARGE
from connectors._kit.deadline import Within, within
from connectors._kit.logon import LATCHED, LogonLatch
from connectors._kit.observe import Observed, Observer, SilentObserver, observed
from connectors._kit.origin import Origin, Params, segment
from connectors._kit.outcome import Reading, failure, found, result
from connectors._kit.outgoing import Outgoing, Prover
from connectors._kit.rules import Opening, OpeningRules, rules_of
from connectors._kit.secrets import Secret, SecretPlaces, Unseal, resolve
from connectors._kit.strict_json import Decoder
from connectors._kit.upstream import Upstream
from connectors._kit.wire import Wire

__all__ = [
    "LATCHED",
    "TOO_LARGE",
    "AddressRules",
    "Answer",
    "ApiKey",
    "Auth",
    "Basic",
    "Bearer",
    "Decoder",
    "Endpoint",
    "LogonLatch",
    "NoAuth",
    "Observed",
    "Observer",
    "Opening",
    "OpeningRules",
    "Origin",
    "Outgoing",
    "Params",
    "Prover",
    "Reading",
    "Secret",
    "SecretPlaces",
    "SilentObserver",
    "Unseal",
    "Upstream",
    "Wire",
    "Within",
    "address_rules",
    "failure",
    "found",
    "observed",
    "resolve",
    "result",
    "rules_of",
    "segment",
    "within",
]
