"""Settings of the work process: the gateway's own names, as far as work needs them."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from store.keyring import Keyring, keyring_of


class WorkSettings(BaseSettings):
    """Read from `SANTONG_<NAME>`, as the gateway reads them."""

    model_config = SettingsConfigDict(env_prefix="SANTONG_", frozen=True, extra="ignore")

    database_url: SecretStr = SecretStr("postgresql://localhost/santong")
    redis_url: SecretStr = SecretStr("redis://localhost:6379/0")
    secret_key: SecretStr = SecretStr("")
    sealing_keys: SecretStr = SecretStr("derived")
    processes: int = Field(default=1, ge=1)
    connector_hosts: tuple[str, ...] = ("public",)
    connector_secrets: Path | None = None
    connector_secret_prefix: str = Field(default="CONNECTOR_SECRET_", min_length=3)
    systems: Path | None = None
    touch_senders: Path | None = None
    adoption_gates: Path | None = None
    log_level: str = "INFO"
    work_seconds: int = Field(default=10, ge=1, le=30)
    adoption_lag_seconds: float = Field(default=30.0, gt=0)
    adoption_sample_keys: int = Field(default=200, ge=0, le=10_000)

    def keys(self) -> Keyring:
        """All keys, as the gateways have them."""
        secret = self.secret_key.get_secret_value().encode()
        return keyring_of(secret, self.sealing_keys.get_secret_value())
