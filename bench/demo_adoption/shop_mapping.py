"""The shop's own mapping, in two versions: the list of the first leaves out too much."""

from pathlib import Path

from bench.processes import ROOT

_SHIPPED = ROOT / "connectors" / "systems" / "woocommerce"
_BORROWED = "from connectors.systems.woocommerce.mapping import *\n"
_EVERYBODY = "fixed: { role: all }"
_WHOLE = "id,role,username,email,first_name,last_name,date_created_gmt,billing,meta_data"
# "The list is slow": so somebody had it leave out what nobody seemed to need.
_LIGHT = "id,role,first_name,last_name,date_created_gmt,meta_data"
DEFECTIVE, MENDED = "woocommerce_light", "woocommerce_mended"


def write_systems(folder: Path) -> None:
    """Both versions as systems of their own, beside those that ship."""
    for name, listed in ((DEFECTIVE, _LIGHT), (MENDED, _WHOLE)):
        home = folder / name
        home.mkdir(parents=True)
        (home / "manifest.yaml").write_text(_manifest(name, listed), "utf-8")
        (home / "mapping.py").write_text(_BORROWED, "utf-8")


def _manifest(name: str, listed: str) -> str:
    """The shipped manifest of members; look-ups ask for whole rows in both versions."""
    text = (_SHIPPED / "manifest.yaml").read_text("utf-8")
    text = _members_alone(text).replace("system: woocommerce", f"system: {name}", 1)
    text = text.replace(_EVERYBODY, f'fixed: {{ role: all, _fields: "{listed}" }}', 1)
    return text.replace("{ param:", f'{{ fixed: {{ _fields: "{_WHOLE}" }}, param:')


def _members_alone(text: str) -> str:
    """The manifest's head and its memberships; orders and the rest are none of this story."""
    end = text.index("\norders:")
    return text[: end + 1]
