"""The estate of the demo retailer: ten channels, three connectors, one answer for each."""

from pathlib import Path
from typing import Any

import yaml

BRAND = "baiwei"
SECRETS = ("DEMO_SAP_PASSWORD", "DEMO_WOO_SECRET", "DEMO_POS_PASSWORD", "DEMO_WOO_HOOK_SECRET")

_CHANNELS = (
    ("jd", "京东旗舰店", "MARKETPLACE"),
    ("tmall", "天猫旗舰店", "MARKETPLACE"),
    ("waimai", "外卖", "TAKEAWAY"),
    ("shop", "官网商城", "OTHER"),
    ("app", "会员App", "APP"),
    ("mini", "微信小程序", "MINI_PROGRAM"),
    ("live", "直播间", "LIVESTREAM"),
    ("store", "门店", "STORE"),
    ("terminal", "办公室智能终端", "OFFICE_TERMINAL"),
    ("popup", "快闪店", "POPUP"),
)
_LIMITS = {"deadline_ms": 800, "max_concurrent": 8, "max_batch": 50}


def write_estate(path: Path, *, sap: str, shop: str, pos: str) -> None:
    """Writes the estate file; `sap` and `shop` are base addresses, `pos` is a database URL."""
    estate = {
        "brand": BRAND,
        "time_zone": "Asia/Shanghai",
        "channels": [{"code": code, "name": name, "kind": kind} for code, name, kind in _CHANNELS],
        "connectors": [_sap(sap), _woo(shop), _pos(pos)],
    }
    text = yaml.safe_dump(estate, allow_unicode=True, sort_keys=False, width=1000)
    draft = path.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _sync(*more: str) -> dict[str, Any]:
    """Everything at the first start, then what changed: a second or two of a worker each."""
    kinds = ("member", "order", *more)
    return {kind: {"cron": "*/5 * * * *", "zone": "Asia/Shanghai"} for kind in kinds}


def _sap(address: str) -> dict[str, Any]:
    return {
        "name": "sap",
        "system": "sap_s4hana",
        "settings": {
            "base_url": f"{address}/sap/opu/odata/sap",
            "client": "100",
            "username": "SANTONG",
        },
        "secrets": {"password": "env:DEMO_SAP_PASSWORD"},
        "limits": dict(_LIMITS),
        "sync": _sync(),
        "channels": {
            "member": {"MJDC": "jd", "MTMC": "tmall", "MWMC": "waimai"},
            "order": {"20": "jd", "30": "tmall", "40": "waimai"},
        },
    }


def _woo(address: str) -> dict[str, Any]:
    return {
        "name": "woo",
        "system": "woocommerce",
        "settings": {"base_url": f"{address}/wp-json/wc/v3", "username": "ck_demo"},
        "secrets": {
            "password": "env:DEMO_WOO_SECRET",
            "hook_secret": "env:DEMO_WOO_HOOK_SECRET",
        },
        "limits": dict(_LIMITS),
        "sync": _sync("promotion"),
        "channels": {
            "member": "shop",
            "order": {
                "checkout": "shop",
                "app": "app",
                "miniprogram": "mini",
                "livestream": "live",
            },
            "promotion": "shop",
        },
    }


def _pos(url: str) -> dict[str, Any]:
    return {
        "name": "pos",
        "system": "ospos",
        "settings": {"url": url},
        "secrets": {"password": "env:DEMO_POS_PASSWORD"},
        "limits": dict(_LIMITS),
        "sync": _sync("promotion"),
        "channels": {
            "member": "store",
            "order": {"M": "store", "T": "terminal", "P": "popup"},
            "promotion": "store",
        },
    }
