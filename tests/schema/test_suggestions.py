"""Suggestions in the contract: paged from either end, never from both."""

import pytest

LIST = "suggestions(%s) { nodes { text } pageInfo { startCursor hasPreviousPage } }"


@pytest.mark.parametrize(
    ("asked", "page"),
    [
        ("", (20, None, None, None)),
        ('first: 5, after: "q0"', (5, "q0", None, None)),
        ("last: 7", (None, None, 7, None)),
        ('last: 7, before: "q0"', (None, None, 7, "q0")),
    ],
)
async def test_they_are_paged_from_either_end(ask, asked, page):
    field = LIST % asked if asked else LIST.replace("(%s)", "")
    await ask.data(f"{{ {field} }}")
    ((_, args),) = ask.platform.suggestions.asked
    assert (args.first, args.after, args.last, args.before) == page


@pytest.mark.parametrize("asked", ["first: 1, last: 1", "last: 0", "last: 101", "first: 0"])
async def test_a_page_of_both_ends_or_of_no_size_is_refused(ask, asked):
    assert await ask.code(f"{{ {LIST % asked} }}") == "BAD_USER_INPUT"
    assert ask.platform.suggestions.asked == []
