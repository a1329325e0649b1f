"""Settings that open the doors of the box that are shut unless an operator says so."""

from collections.abc import Mapping
from pathlib import Path

APP, SECRET, SELLER = "12345678", "a secret of tests alone", "百味旗舰店"


def doors_environment(folder: Path) -> Mapping[str, str]:
    """Settings that open every door of the box."""
    secret, doors = folder / "tmall.secret", folder / "tmall.yaml"
    secret.write_text(SECRET, encoding="utf-8")
    doors.write_text(
        f'doors: [{{name: flagship, channel: tmall, app_key: "{APP}", '
        f'secrets: ["file:{secret}"], seller: {SELLER}}}]',
        encoding="utf-8",
    )
    return {"SANTONG_TMALL_DOORS": str(doors), "SANTONG_TOOLS": "read"}
