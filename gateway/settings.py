"""Settings: environment and nothing else, read once and frozen.

Every setting is a row of docs/reference/settings.md; a test keeps the two in step.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

TrustedDocuments = Literal["off", "only"]
Tools = Literal["off", "read"]


class Settings(BaseSettings):
    """All settings of the gateway; each is read from `SANTONG_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="SANTONG_", frozen=True, extra="ignore")

    host: str = Field(default="127.0.0.1", description="Address the gateway listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port the gateway listens on.")
    home: Path = Field(default=Path(".santong"), description="Folder of all state of the demo.")
    estate: Path = Field(
        default=Path("estate.yaml"),
        description="File of channels and connectors; re-read on change.",
    )
    connectors: Path | None = Field(
        default=None,
        description="Folder of connectors beside the estate file, one YAML file each; re-read on "
        "change.",
    )
    connector_hosts: tuple[str, ...] = Field(
        default=("public",),
        description="Where connectors may connect to, as a JSON list: `public`, host names, "
        "`*.suffixes`, networks, each with its port where it is not the usual one, and "
        "`unix:/FOLDER`.",
    )
    connector_secrets: Path | None = Field(
        default=None,
        description="Folder of the files that registered connectors may name as secrets.",
    )
    connector_secret_prefix: str = Field(
        default="CONNECTOR_SECRET_",
        min_length=3,
        description="How names of the environment begin that registered connectors may name as "
        "secrets.",
    )
    systems: Path | None = Field(
        default=None,
        description="Folder of systems beside those that ship, each a folder with a manifest.",
    )
    adoption_gates: Path | None = Field(
        default=None,
        description="File of values of the gates of adoption that differ from production's.",
    )
    touch_senders: Path | None = Field(
        default=None,
        description="File of those who send touches to members, read by `santong work`.",
    )
    database_url: SecretStr = Field(
        default=SecretStr("postgresql://localhost/santong"),
        description="PostgreSQL of the platform's own store.",
    )
    database_connections: int = Field(
        default=10,
        ge=2,
        description="Connections to PostgreSQL that one gateway process keeps at most for its "
        "callers; inbox, flash sales, payments and probes take up to 13 more.",
    )
    redis_url: SecretStr = Field(
        default=SecretStr("redis://localhost:6379/0"),
        description="Redis or Valkey for what is kept close; `redis+cluster://` names a cluster.",
    )
    payment_providers: Path | None = Field(
        default=None, description="File of the payment providers whose confirmations are taken."
    )
    tmall_doors: Path | None = Field(
        default=None, description="File of the doors at which Tmall asks for members."
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Key of tokens, keyed hashes and stored values; at least 32 characters.",
    )
    sealing_keys: SecretStr = Field(
        default=SecretStr("derived"),
        description="Keys that seal what is stored, the newest first, with commas: `env:NAME`, "
        "`file:PATH`, a key itself, or `derived` for that of `SANTONG_SECRET_KEY`.",
    )
    issuers: Path | None = Field(
        default=None, description="File of the issuers whose tokens front-end users bring."
    )
    demo: bool = Field(
        default=False,
        description="Offer ready-made tokens on the explorer page, and let clients persist "
        "operations by themselves. Never in production.",
    )
    operations: Path | None = Field(
        default=None, description="File of registered operations; re-read on change."
    )
    resources: Path | None = Field(
        default=None,
        description="File of the registered operations that are published as resources below "
        "`/api/`; re-read on change.",
    )
    export_rows: int = Field(
        default=100_000, ge=1, description="Most rows of one CSV file of a resource."
    )
    tools: Tools = Field(
        default="off",
        description="`read` answers assistants at `/api/mcp`: published queries as tools of the "
        "Model Context Protocol.",
    )
    trusted_documents: TrustedDocuments = Field(
        default="off", description="`only` answers registered operations and no others."
    )
    cors_origins: tuple[str, ...] = Field(
        default=(), description="Origins of browser front ends that may call, as a JSON list."
    )
    own_hosts: tuple[str, ...] = Field(
        default=(),
        description="Host names by which browsers reach the gateway, as a JSON list: its pages "
        "there may open sockets and use tools. Addresses and `localhost` always count.",
    )
    introspection: bool = Field(
        default=True, description="Answer introspection to callers with a token."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Lowest level that is logged."
    )
    max_body_bytes: int = Field(
        default=1_000_000, ge=1_000, description="Largest request body, decoded."
    )
    body_timeout_seconds: float = Field(
        default=5.0, gt=0, description="How long a request body may take to arrive."
    )
    max_document_bytes: int = Field(
        default=30_000, ge=1_000, description="Longest GraphQL document, in bytes."
    )
    max_depth: int = Field(default=15, ge=1, description="Deepest nesting of a document.")
    max_fields: int = Field(
        default=1_000,
        ge=1,
        description="Most fields of a document, fragments counted where spread.",
    )
    max_aliases: int = Field(
        default=30, ge=0, description="Most aliases of a document, fragments counted where spread."
    )
    max_directives: int = Field(default=50, ge=0, description="Most directives of a document.")
    max_tokens: int = Field(default=5_000, ge=10, description="Most tokens of a document.")
    max_rows: int = Field(
        default=5_000, ge=1, description="Most rows that the lists of one request ask for."
    )
    max_upstream_calls: int = Field(
        default=300, ge=1, description="Most questions to systems for one request."
    )
    request_deadline_ms: int = Field(
        default=5_000,
        ge=10,
        description="How long one request may take in all; `X-Santong-Deadline-Ms` lowers it.",
    )
    document_cache_size: int = Field(
        default=1_000, ge=1, description="Most documents kept parsed and validated."
    )
    document_cache_bytes: int = Field(
        default=64_000_000, ge=1_000, description="Most memory, about, that they take there."
    )
    max_subscriptions: int = Field(
        default=10_000, ge=1, description="Most subscriptions, and most sockets, of one process."
    )
    max_subscriptions_per_caller: int = Field(
        default=200, ge=1, description="Most subscriptions of one caller in one process."
    )
    max_streams_per_address: int = Field(
        default=200,
        ge=1,
        description="Most streams of a flash sale that one address (of IPv6 a /64), unknown to us, "
        "holds at one process.",
    )
    max_subscriptions_per_socket: int = Field(
        default=100, ge=1, description="Most subscriptions over one WebSocket."
    )
    socket_init_seconds: float = Field(
        default=10.0, gt=0, description="How long a WebSocket may take to say who is calling."
    )
    inbox_max_bytes: int = Field(
        default=4_000_000,
        ge=1_000,
        description="Largest batch, or part of a file, that a sender may push.",
    )
    inbox_batches_per_minute: int = Field(
        default=120, ge=1, description="Batches that one sender may push in a minute."
    )
    inbox_keep_days: float = Field(
        default=7.0,
        ge=0,
        description="How long batches are kept as they came, sealed, and pushed files that were "
        "read.",
    )
    inbox_file_max_bytes: int = Field(
        default=256_000_000, ge=1_000, description="Largest file that a sender may push."
    )
    inbox_room_bytes: int = Field(
        default=2_000_000_000,
        ge=1_000,
        description="Most bytes of pushed files that lie in one connector's drop folder.",
    )
    lookups_per_10_minutes: int = Field(
        default=60,
        ge=1,
        description="Different people whom one member of staff looks up in ten minutes without a "
        "reason.",
    )
    lookups_per_day: int = Field(
        default=500, ge=1, description="The same in any twenty-four hours."
    )
    key_lookups_per_10_minutes: int = Field(
        default=6_000,
        ge=1,
        description="Different people who are looked up with one API key in ten minutes without a "
        "reason.",
    )
    key_lookups_per_day: int = Field(
        default=50_000, ge=1, description="The same in any twenty-four hours."
    )
    compat_write_wait_ms: int = Field(
        default=2_000,
        ge=0,
        le=30_000,
        description="How long a change in a shop's own wire waits until the shop has it; where "
        "it has not, it is answered with 202.",
    )
    adoption_shadow_share: int = Field(
        default=1_000,
        ge=0,
        le=10_000,
        description="Basis points of what callers ask for by number that is compared beside them.",
    )
    adoption_settled_share: int = Field(
        default=100,
        ge=0,
        le=10_000,
        description="The same once the platform answers everything.",
    )
    adoption_lag_seconds: float = Field(
        default=30.0,
        gt=0,
        description="How long a change may take to the platform's copy; what differs is compared "
        "again then.",
    )
    token_ttl_seconds: int = Field(
        default=8 * 3600, ge=60, description="Life of a token minted by `santong token`."
    )
    processes: int = Field(default=1, ge=1, description="How many gateway processes run.")
    migrate_lock_seconds: float = Field(
        default=3.0,
        gt=0,
        description="How long `santong migrate` waits for the lock of a table before it makes way.",
    )
    migrate_seconds: float = Field(
        default=120.0,
        ge=0,
        description="How long it tries again before it gives up and says who is in the way.",
    )
    proxy_hops: int = Field(
        default=0,
        ge=0,
        le=10,
        description="How many proxies of yours stand in front and add to `X-Forwarded-For`.",
    )

    def key(self) -> bytes:
        """The secret key as bytes; ValueError when it is missing or too short to be one."""
        text = self.secret_key.get_secret_value()
        if len(text) < _SHORTEST_KEY:
            raise ValueError(
                f"SANTONG_SECRET_KEY must hold at least {_SHORTEST_KEY} characters; "
                "make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        return text.encode()


_SHORTEST_KEY = 32
