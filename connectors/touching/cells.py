"""Cells of a CSV that somebody may open in a spreadsheet: none of them begins a formula."""

# What a spreadsheet reads as the beginning of a formula, also in full width, or skips over to one.
_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MARK = "'"


def neutral(text: str) -> str:
    """The text with a mark in front where it would begin a formula; `restored` takes it away."""
    marked = text.startswith((*_BEGINNINGS, _MARK)) or text.lstrip(" \u3000").startswith(
        _BEGINNINGS
    )
    return f"{_MARK}{text}" if marked else text


def restored(cell: str) -> str:
    """The text of a cell."""
    return cell.removeprefix(_MARK)
