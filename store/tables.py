"""Every table that the platform owns.

The brand leads every primary key, so tenants never mix. What belongs to one member is keyed by her
one_id; the ways to find her (identity, membership, old id) are keyed by what is looked up, so each
table can be distributed by the column that follows the brand. Times are UTC.
"""

from datetime import date, datetime

from sqlalchemy import ARRAY, BigInteger, Boolean, Date, Integer, LargeBinary, Text
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class ProductRow(SQLModel, table=True):
    """One article of the retailer's own reference."""

    __tablename__ = "products"

    brand: str = Field(sa_type=KEY, primary_key=True)
    sku: str = Field(sa_type=KEY, primary_key=True)
    name: str | None = Field(default=None, sa_type=Text)
    brand_name: str | None = Field(default=None, sa_type=Text)
    category_path: list[str] = Field(sa_type=ARRAY(Text))
    barcodes: list[str] = Field(sa_type=ARRAY(Text))
    unit: str | None = Field(default=None, sa_type=Text)
    launched_at: date | None = Field(default=None, sa_type=Date)
    discontinued_at: date | None = Field(default=None, sa_type=Date)


class ProductBarcodeRow(SQLModel, table=True):
    """The barcodes of `products`, one a row, to be looked up by (an array's index is misjudged)."""

    __tablename__ = "product_barcodes"

    brand: str = Field(sa_type=KEY, primary_key=True)
    barcode: str = Field(sa_type=KEY, primary_key=True)
    sku: str = Field(sa_type=KEY, primary_key=True)


class ProductCodeRow(SQLModel, table=True):
    """The crosswalk: a system's code means a sku from one day until before another.

    An empty connector stands for every connector of the system. `valid_from` is 0001-01-01 where
    the code has always meant this; a code that changes owner is a new row.
    """

    __tablename__ = "product_codes"
    __table_args__ = (Index(None, "brand", "sku"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    kind: str = Field(sa_type=KEY, primary_key=True)
    code: str = Field(sa_type=KEY, primary_key=True)
    system: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY, primary_key=True)
    valid_from: date = Field(sa_type=Date, primary_key=True)
    valid_to: date | None = Field(default=None, sa_type=Date)
    sku: str = Field(sa_type=KEY)
    source: str = Field(sa_type=Text)
    by: str = Field(sa_type=Text)


class UnmatchedCodeRow(SQLModel, table=True):
    """A code that matched nothing, with how many lines carried it when they were read."""

    __tablename__ = "unmatched_codes"

    brand: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY, primary_key=True)
    kind: str = Field(sa_type=KEY, primary_key=True)
    code: str = Field(sa_type=KEY, primary_key=True)
    lines: int = Field(sa_type=BigInteger)
    last_seen: datetime = Field(sa_type=TIME)


class OperationRow(SQLModel, table=True):
    """A registered operation; rows are only ever added, a trigger sees to it.

    `position` is the version of the part `operations` that its registration made, so that who
    knows all up to a version reads only those after it.
    """

    __tablename__ = "operations"
    __table_args__ = (
        Index(None, "brand", "position"),
        Index(None, "brand", "registered_by", "idempotency_key", unique=True),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    sha256: str = Field(sa_type=KEY, primary_key=True)
    text: str = Field(sa_type=Text)
    name: str | None = Field(default=None, sa_type=Text)
    registered_by: str = Field(sa_type=KEY)
    registered_at: datetime = Field(sa_type=TIME)
    idempotency_key: str = Field(sa_type=KEY)
    position: int = Field(sa_type=BigInteger)


class LogonLatchRow(SQLModel, table=True):
    """The logon of a connector: latched since a failure, or being tried by one process.

    `resumes` counts how often a person resumed it, so that a failure from before is told apart.
    """

    __tablename__ = "logon_latches"

    brand: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY, primary_key=True)
    latched_at: datetime | None = Field(default=None, sa_type=TIME)
    resumes: int = Field(sa_type=BigInteger)
    trying_by: str | None = Field(default=None, sa_type=Text)
    trying_until: datetime | None = Field(default=None, sa_type=TIME)
    resumed_by: str | None = Field(default=None, sa_type=Text)
    resumed_at: datetime | None = Field(default=None, sa_type=TIME)


class ConnectorVersionRow(SQLModel, table=True):
    """One change of a registered connector; rows are only ever added, a trigger sees to it.

    The last row of a name is how it stands. `wish` is a hash of what was asked for, so that a key
    is known to stand for it.
    """

    __tablename__ = "connector_versions"
    __table_args__ = (Index(None, "brand", "author", "idempotency_key", unique=True),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    name: str = Field(sa_type=KEY, primary_key=True)
    version: int = Field(sa_type=Integer, primary_key=True)
    action: str = Field(sa_type=Text)
    definition: str = Field(sa_type=Text)
    paused: bool = Field(sa_type=Boolean)
    author: str = Field(sa_type=KEY)
    changed_at: datetime = Field(sa_type=TIME)
    reason: str = Field(sa_type=Text)
    idempotency_key: str = Field(sa_type=KEY)
    wish: bytes = Field(sa_type=LargeBinary)


class ConnectorSecretRow(SQLModel, table=True):
    """A secret of a registered connector, readable with the key alone; no history is kept of it."""

    __tablename__ = "connector_secrets"

    brand: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY, primary_key=True)
    name: str = Field(sa_type=KEY, primary_key=True)
    sealed: bytes = Field(sa_type=LargeBinary)


class StateVersionRow(SQLModel, table=True):
    """A number that rises with every change of a part, such as `products`, for polling."""

    __tablename__ = "state_versions"

    brand: str = Field(sa_type=KEY, primary_key=True)
    part: str = Field(sa_type=KEY, primary_key=True)
    version: int = Field(sa_type=BigInteger)
    changed_at: datetime = Field(sa_type=TIME)
