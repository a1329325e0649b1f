import pytest
from hypothesis import given
from hypothesis import strategies as st

from capabilities.suggestions import compared, most_alike, without_personal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("包装 太大了！！", "包装太大了"),
        ("ＡＢＣ茶　太甜。", "abc茶太甜"),
        ("Too sweet!", "too  sweet"),
        ("👍👍", "👍 👍"),
    ],
)
def test_spacing_width_case_and_signs_do_not_count(one, other):
    assert compared(one) == compared(other) != ""


@given(st.text(max_size=50))
def test_comparing_changes_nothing_the_second_time(text):
    assert compared(compared(text)) == compared(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("请打 13912345678 给我", "请打 *** 给我"),
        ("电话139 1234 5678，谢谢", "电话***,谢谢"),
        ("写信 lin@example.com 吧", "写信 *** 吧"),
        ("身份证11010119900307123X", "身份证***"),
        ("１３９１２３４５６７８", "***"),
        ("一箱 12 包，2026 年新品", "一箱 12 包,2026 年新品"),
    ],
)
def test_what_names_somebody_leaves_a_text(text, shown):
    assert without_personal(text) == shown


def test_the_most_alike_is_found_and_little_likeness_is_none():
    others = [("a", "包装太大希望小一点"), ("b", "口味太甜")]
    found = most_alike("包装太大了希望小一点", others)
    assert (found.key, found.similarity > 90) == ("a", True)
    assert most_alike("发货太慢", others) is None
    assert most_alike("包装", []) is None
