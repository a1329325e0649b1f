"""What the platform owns, in PostgreSQL: tables, migrations, and repositories for the ports.

What only a command line needs stands apart: `store.migrate` and `store.products_file`.
"""

from store.crosswalk import CodeConflict, Crosswalk
from store.engine import Store
from store.logons import Logons, LogonState
from store.members import Members, StoredPerson
from store.operations import Operations
from store.products import ProductReference
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
