"""What the OData V4 service of sales orders calls what the V2 service has.

Service, entity and navigation names follow SAP's published `api_salesorder`; items name their
material `Product` and their unit twice, and dates are Edm.Date.
"""

from typing import Final

from msgspec.structs import replace

from demo.sap.model import SERVICES, Entity, Navigation, Property, Service
from demo.sap.tables import Row, Tables

SALES_ORDER: Final = "salesorder"
_OLD: Final = SERVICES["API_SALES_ORDER_SRV"].entities
_SETS: Final = {
    "A_SalesOrder": "SalesOrder",
    "A_SalesOrderItem": "SalesOrderItem",
    "A_SalesOrderHeaderPartner": "SalesOrderPartner",
    "A_SalesOrderHeaderPrElement": "SalesOrderPricingElement",
    "A_SalesOrderItemPrElement": "SalesOrderItemPricingElement",
    "A_SalesOrderText": "SalesOrderText",
}
_WAYS: Final = {"to_Item": "_Item", "to_Partner": "_Partner", "to_Text": "_Text"}
_PRICING: Final = {"SalesOrder": "_PricingElement", "SalesOrderItem": "_ItemPricingElement"}
_NAMES: Final = {
    "Material": "Product",
    "PricingReferenceMaterial": "OriginallyRequestedMaterial",
    "RequestedQuantityUnit": "RequestedQuantitySAPUnit",
    "ProductionPlant": "Plant",
}


def _entity(old: Entity) -> Entity:
    name = _SETS[old.set]
    properties = {one.name: one for one in map(_property, old.properties.values())}
    if "RequestedQuantitySAPUnit" in properties:
        iso = replace(properties["RequestedQuantitySAPUnit"], name="RequestedQuantityISOUnit")
        properties[iso.name] = iso
    ways = [_way(name, one) for one in old.navigations.values()]
    return Entity(name, old.keys, properties, {one.name: one for one in ways}, old.etag)


def _property(old: Property) -> Property:
    kind = "Edm.Date" if old.type == "Edm.DateTime" else old.type
    return replace(old, name=_NAMES.get(old.name, old.name), type=kind)


def _way(entity: str, old: Navigation) -> Navigation:
    name = _WAYS.get(old.name) or _PRICING[entity]
    return replace(old, name=name, target=_SETS[old.target])


SERVICES_V4: Final = {
    SALES_ORDER: Service(SALES_ORDER, {_SETS[old.set]: _entity(old) for old in _OLD.values()})
}
_OLD_NAMES: Final = {new: old for old, new in _NAMES.items()}
_OLD_WAYS: Final = {
    **{new: old for old, new in _WAYS.items()},
    **dict.fromkeys(_PRICING.values(), "to_PricingElement"),
}


def rename_tables(tables: Tables) -> Tables:
    """The rows of the V2 service under the names of V4."""
    return {_SETS[name]: [rename_row(row) for row in tables[name]] for name in _SETS}


def old_set(name: str) -> str:
    """The entity set of V2 that a set of V4 is."""
    return next(old for old, new in _SETS.items() if new == name)


def old_row(entity: Entity, row: Row) -> Row:
    """What was written in V4, with everything below it, as V2 names it."""
    made: Row = {}
    for name, value in row.items():
        way = entity.navigations.get(name)
        if way is not None:
            below = next(
                one for one in SERVICES_V4[SALES_ORDER].entities.values() if one.set == way.target
            )
            made[_OLD_WAYS[name]] = [old_row(below, one) for one in value]
        elif name != "RequestedQuantityISOUnit":
            made[_OLD_NAMES.get(name, name)] = value
    return made


def rename_row(row: Row) -> Row:
    """A row of V2 under the names of V4."""
    made = {_NAMES.get(name, name): value for name, value in row.items()}
    if "RequestedQuantitySAPUnit" in made:
        made["RequestedQuantityISOUnit"] = {"PC": "PCE", "KG": "KGM"}[row["RequestedQuantityUnit"]]
    return made
