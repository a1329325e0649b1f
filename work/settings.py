"""Settings of the work process: the gateway's own names, as far as work needs them."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class WorkSettings(BaseSettings):
    """Read from `SANTONG_<NAME>`, as the gateway reads them."""

    model_config = SettingsConfigDict(env_prefix="SANTONG_", frozen=True, extra="ignore")

    database_url: SecretStr = SecretStr("postgresql://localhost/santong")
    secret_key: SecretStr = SecretStr("")
    systems: Path | None = None
    connector_hosts: tuple[str, ...] = ("public",)
    touch_senders: Path | None = None
    log_level: str = "INFO"
    work_seconds: int = Field(default=10, ge=1, le=30)
