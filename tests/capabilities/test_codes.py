import pytest
from hypothesis import given
from hypothesis import strategies as st

from capabilities.product.codes import BARCODE, MATNR, SKU, canonical_code


@pytest.mark.parametrize(
    ("kind", "raw", "canonical"),
    [
        (MATNR, "000000000000100123", "100123"),
        (MATNR, "100123", "100123"),
        (MATNR, "00AB12", "00AB12"),
        (BARCODE, "0690123", "0690123"),
        (SKU, " ＢＷ-１００ ", "BW-100"),
        (SKU, "BW\u200b-100\ufeff", "BW-100"),
        (SKU, "   ", None),
        (SKU, None, None),
    ],
)
def test_a_code_has_one_form(kind, raw, canonical):
    assert canonical_code(kind, raw) == canonical


@given(st.sampled_from([MATNR, SKU, BARCODE]), st.text(max_size=40))
def test_the_canonical_form_of_a_canonical_form_is_itself(kind, raw):
    once = canonical_code(kind, raw)
    assert canonical_code(kind, once) == once
