"""What the platform owns, in PostgreSQL: tables, migrations, and repositories for the ports.

What only a command line needs stands apart: `store.migrate` and `store.product.products_file`.
"""

from store.engine import Store
from store.member.members import Members, StoredPerson
from store.operating.logons import Logons, LogonState
from store.operating.operations import Operations
from store.product.crosswalk import CodeConflict, Crosswalk
from store.product.products import ProductReference
from store.sealing import Sealer
from store.versions import ESTATE, OPERATIONS, PRODUCTS, Versions

__all__ = [
    "ESTATE",
    "OPERATIONS",
    "PRODUCTS",
    "CodeConflict",
    "Crosswalk",
    "LogonState",
    "Logons",
    "Members",
    "Operations",
    "ProductReference",
    "Sealer",
    "Store",
    "StoredPerson",
    "Versions",
]
