"""Product codes in their canonical form, the same on both sides of every comparison."""

import unicodedata

MATNR = "matnr"
SKU = "sku"
BARCODE = "barcode"


def canonical_code(kind: str, raw: str | None) -> str | None:
    """A code without blanks and invisible marks, in ASCII width; SAP's numbers without padding.

    Leading zeros of every other kind are kept: they are part of the code. Idempotent.
    """
    if raw is None:
        return None
    text = str(raw)
    if not text.isascii():  # ASCII has no invisible marks and only one width
        shown = (one for one in text if unicodedata.category(one) != "Cf")
        text = unicodedata.normalize("NFKC", "".join(shown))
    text = text.strip()
    if kind == MATNR and text.isascii() and text.isdigit():
        text = text.lstrip("0")
    return text or None
