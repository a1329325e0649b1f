"""Who may see what of products: the reference is everybody's, its gaps are the operators'."""

from capabilities.visibility.policy import Rows
from capabilities.visibility.roles import EVERYONE, OPERATORS

FIELDS: Rows = {
    "Query": {EVERYONE: "product products", OPERATORS: "unmatchedCodes"},
    "Product": {
        EVERYONE: "id sku name brandName categoryPath barcodes unit launchedAt discontinuedAt"
        " externalCodes",
    },
    "ExternalCode": {EVERYONE: "system kind code connector"},
    "UnmatchedCode": {OPERATORS: "connector kind code lines"},
}
