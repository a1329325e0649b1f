"""A manifest's `auth`, made of a connection's settings and secrets."""

from collections.abc import Callable, Mapping
from string import Formatter
from typing import Literal, cast

from capabilities.estate import ConnectorSpec
from connectors._kit import (
    ApiKey,
    Auth,
    Basic,
    Bearer,
    NoAuth,
    Prover,
    Secret,
    Upstream,
    Wire,
    rules_of,
)
from connectors._kit.oauth2 import ClientCredentials
from connectors._kit.session import Logon, SessionLogon, Shown
from connectors._kit.signed import DoudianSigned, MeituanSigned, OAuth1Signed, TopSigned
from connectors.protocols.auth_kinds import Auth as Declared
from connectors.protocols.settings import filled, secret_of


def fixed_auth(auth: Declared, spec: ConnectorSpec) -> Auth:
    """What is shown by the same headers in every request."""
    if auth.kind == "basic":
        return Basic(filled(auth.user or "", spec), secret_of(auth.password or "", spec))
    if auth.kind == "bearer":
        return Bearer(secret_of(auth.token or "", spec))
    if auth.kind == "api_key":
        return ApiKey(auth.header or "", secret_of(auth.token or "", spec))
    return NoAuth()


def prover_of(auth: Declared, spec: ConnectorSpec, base: str) -> Prover | None:
    """What is made anew: a signature, or a token that ends; None for the other kinds."""
    make = _PROVERS.get(auth.kind)
    return make(auth, spec, base) if make is not None else None


def _oauth2(auth: Declared, spec: ConnectorSpec, _base: str) -> Prover:
    wire = _beside(spec, filled(auth.address or "", spec))
    client, secret = _pair(auth, spec)
    in_body = auth.place == "body"
    scope = filled(auth.scope, spec)
    return ClientCredentials(wire, client, secret, scope=scope, in_body=in_body)


def _oauth1(auth: Declared, spec: ConnectorSpec, _base: str) -> Prover:
    key, secret = _pair(auth, spec)
    digest, in_query = auth.digest or "sha256", auth.place == "query"
    return OAuth1Signed(key=key, secret=secret, digest=digest, in_query=in_query)


def _session(auth: Declared, spec: ConnectorSpec, base: str) -> Prover:
    login, show = auth.login, auth.show
    if login is None or show is None:
        raise TypeError("a session without its logon")
    logon = Logon(
        path=login.path,
        send={name: _with_secrets(text, spec) for name, text in login.send.items()},
        body=cast("Literal['form', 'json']", login.body),
        token_at=tuple(login.token_at.split(".")) if login.token_at else (),
        cookie=login.cookie,
        seconds=login.minutes * 60.0 if login.minutes is not None else None,
    )
    shown = Shown(header=show.header, form=show.form, cookie=show.cookie, param=show.param)
    return SessionLogon(_beside(spec, base), logon, shown)


def _top(auth: Declared, spec: ConnectorSpec, _base: str) -> Prover:
    key, secret = _pair(auth, spec)
    digest = auth.digest or "md5"
    return TopSigned(key=key, secret=secret, session=_token(auth, spec), digest=digest)


def _jd(auth: Declared, spec: ConnectorSpec, _base: str) -> Prover:
    key, secret = _pair(auth, spec)
    session = _token(auth, spec)
    return TopSigned(key=key, secret=secret, session=session, session_param="access_token")


def _meituan(auth: Declared, spec: ConnectorSpec, _base: str) -> Prover:
    key, secret = _pair(auth, spec)
    return MeituanSigned(key=key, secret=secret)


def _doudian(auth: Declared, spec: ConnectorSpec, _base: str) -> Prover:
    key, secret = _pair(auth, spec)
    return DoudianSigned(key=key, secret=secret, session=secret_of(auth.session or "", spec))


_PROVERS: Mapping[str, Callable[[Declared, ConnectorSpec, str], Prover]] = {
    "oauth2": _oauth2,
    "oauth1": _oauth1,
    "session": _session,
    "top": _top,
    "jd": _jd,
    "meituan": _meituan,
    "doudian": _doudian,
}


def _beside(spec: ConnectorSpec, address: str) -> Wire:
    """A wire for logons alone, under the same rules of addresses as the calls that need them."""
    upstream = Upstream(spec.name, spec.limits, addresses=rules_of(spec).addresses)
    return Wire(spec.name, address, upstream=upstream)


def _pair(auth: Declared, spec: ConnectorSpec) -> tuple[str, Secret]:
    return filled(auth.user or "", spec), secret_of(auth.password or "", spec)


def _token(auth: Declared, spec: ConnectorSpec) -> Secret | None:
    return secret_of(auth.session, spec) if auth.session is not None else None


def _with_secrets(template: str, spec: ConnectorSpec) -> Secret:
    """A template whose marks are settings and secrets; what is made of it is one itself."""
    names = {name for _, name, _, _ in Formatter().parse(template) if name}
    hidden = {name: secret_of(name, spec).reveal() for name in names if name in spec.secrets}
    shown = {name: filled(f"{{{name}}}", spec) for name in names if name not in hidden}
    return Secret(template.format_map({**shown, **hidden}))
