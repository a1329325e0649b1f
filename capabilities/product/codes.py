"""Product codes in their canonical form, the same on both sides of every comparison."""

import unicodedata

MATNR = "matnr"
SKU = "sku"
BARCODE = "barcode"


def canonical_code(kind: str, raw: str | None) -> str | None:
    """A code without blanks, in ASCII width; SAP's numeric material numbers without padding.

    Leading zeros of every other kind are kept: they are part of the code. Idempotent.
    """
    if raw is None:
        return None
    text = unicodedata.normalize("NFKC", str(raw)).strip()
    if kind == MATNR and text.isascii() and text.isdigit():
        text = text.lstrip("0")
    return text or None
