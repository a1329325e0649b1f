"""Masks of names and addresses: enough to recognise, too little to use."""


def mask_name(name: str | None) -> str | None:
    """`林小满` → `林**`; the first character and as many stars as follow, at most three."""
    text = (name or "").strip()
    if not text:
        return None
    return text[0] + "*" * max(1, min(len(text) - 1, 3))


def mask_email(address: str | None) -> str | None:
    """`lin@example.com` → `l***@e***.com`; None when it is no address."""
    local, at, domain = (address or "").strip().rpartition("@")
    if not at or not local or "." not in domain:
        return None
    return f"{local[0]}***@{domain[0]}***.{domain.rpartition('.')[2]}"
