"""The entity types that the simulated system serves, and their $metadata.

Names, types and lengths follow SAP's published descriptions of API_SALES_ORDER_SRV and
API_BUSINESS_PARTNER; three overall statuses are those of newer releases.
"""

from typing import Final
from xml.sax.saxutils import quoteattr

import msgspec


class Property(msgspec.Struct, frozen=True):
    """One property; `alpha` is the width to which a number in it is padded, 0 for none."""

    name: str
    type: str
    facets: tuple[tuple[str, str], ...] = ()
    alpha: int = 0
    indexed: bool = False


class Navigation(msgspec.Struct, frozen=True):
    """A way to other entities: same value in `key` here and there, and `only` this value."""

    name: str
    target: str
    key: str
    only: tuple[str, str] | None = None


class Entity(msgspec.Struct, frozen=True):
    """An entity set and its type."""

    set: str
    keys: tuple[str, ...]
    properties: dict[str, Property]
    navigations: dict[str, Navigation]
    etag: str = ""

    @property
    def type(self) -> str:
        """SAP's type name: that of the set and `Type`."""
        return f"{self.set}Type"


class Service(msgspec.Struct, frozen=True):
    """One OData service with its entity sets."""

    name: str
    entities: dict[str, Entity]


_KINDS: Final = {
    "date": ("Edm.DateTime", (("Precision", "0"), ("sap:display-format", "Date"))),
    "time": ("Edm.Time", (("Precision", "0"),)),
    "offset": ("Edm.DateTimeOffset", (("Precision", "7"),)),
    "amount": ("Edm.Decimal", (("Precision", "16"), ("Scale", "3"))),
    "quantity": ("Edm.Decimal", (("Precision", "15"), ("Scale", "3"))),
    "rate": ("Edm.Decimal", (("Precision", "24"), ("Scale", "9"))),
    "bool": ("Edm.Boolean", ()),
}


def _properties(text: str) -> dict[str, Property]:
    """Read `Name:kind` words; a number is a string's length, `a` pads, `!` is indexed."""
    made = {}
    for word in text.split():
        name, kind = word.split(":")
        indexed, alpha = kind.endswith("!"), "a" in kind and kind[0].isdigit()
        kind = kind.rstrip("!")
        if kind in _KINDS:
            made[name] = Property(name, *_KINDS[kind], indexed=indexed)
        else:
            length = kind.rstrip("a")
            width = (18 if name == "Material" else int(length)) if alpha else 0
            made[name] = Property(name, "Edm.String", (("MaxLength", length),), width, indexed)
    return made


def _entity(
    name: str, keys: str, properties: str, *navigations: Navigation, etag: str = ""
) -> Entity:
    ways = {way.name: way for way in navigations}
    return Entity(name, tuple(keys.split()), _properties(properties), ways, etag)


_PRICING: Final = (
    "PricingProcedureStep:3 PricingProcedureCounter:3 ConditionType:4 "
    "ConditionCalculationType:3 ConditionBaseValue:rate ConditionRateValue:rate "
    "ConditionCurrency:5 ConditionAmount:amount TransactionCurrency:5 ConditionIsForStatistics:bool"
)
_PARTNER: Final = _entity(
    "A_BusinessPartner",
    "BusinessPartner",
    "BusinessPartner:10a! Customer:10a! BusinessPartnerCategory:1 BusinessPartnerGrouping:4 "
    "BusinessPartnerFullName:81 BusinessPartnerName:81 FirstName:40 LastName:40 "
    "SearchTerm1:20! SearchTerm2:20! CorrespondenceLanguage:2 CreatedByUser:12 CreationDate:date "
    "CreationTime:time LastChangeDate:date! LastChangeTime:time LastChangedByUser:12 "
    "BirthDate:date GenderCodeName:1 IsFemale:bool IsMale:bool IsSexUnknown:bool "
    "IsNaturalPerson:1 BusinessPartnerIsBlocked:bool IsMarkedForArchiving:bool "
    "OrganizationBPName1:40 ETag:26",
    Navigation("to_BusinessPartnerAddress", "A_BusinessPartnerAddress", "BusinessPartner"),
    etag="ETag",
)
_ADDRESS: Final = _entity(
    "A_BusinessPartnerAddress",
    "BusinessPartner AddressID",
    "BusinessPartner:10a! AddressID:10a! AddressTimeZone:6 CityName:40 Country:3 FullName:80 "
    "HouseNumber:10 Language:2 Person:10 PostalCode:10 Region:3 StreetName:60",
    Navigation("to_EmailAddress", "A_AddressEmailAddress", "AddressID"),
    Navigation(
        "to_MobilePhoneNumber", "A_AddressPhoneNumber", "AddressID", ("PhoneNumberType", "3")
    ),
    Navigation("to_PhoneNumber", "A_AddressPhoneNumber", "AddressID", ("PhoneNumberType", "1")),
)
_EMAIL: Final = _entity(
    "A_AddressEmailAddress",
    "AddressID Person OrdinalNumber",
    "AddressID:10a! Person:10 OrdinalNumber:3 IsDefaultEmailAddress:bool EmailAddress:241! "
    "SearchEmailAddress:20",
)
_PHONE: Final = _entity(
    "A_AddressPhoneNumber",
    "AddressID Person OrdinalNumber",
    "AddressID:10a! Person:10 OrdinalNumber:3 DestinationLocationCountry:3 "
    "IsDefaultPhoneNumber:bool PhoneNumber:30! PhoneNumberExtension:10 "
    "InternationalPhoneNumber:30! PhoneNumberType:1",
)
_ORDER: Final = _entity(
    "A_SalesOrder",
    "SalesOrder",
    "SalesOrder:10a! SalesOrderType:4 SalesOrganization:4 DistributionChannel:2 "
    "OrganizationDivision:2 SoldToParty:10a! CreationDate:date! CreatedByUser:12 "
    "LastChangeDate:date LastChangeDateTime:offset! PurchaseOrderByCustomer:35! "
    "CustomerPurchaseOrderDate:date SalesOrderDate:date! TotalNetAmount:amount "
    "TransactionCurrency:5 PricingDate:date RequestedDeliveryDate:date ShippingCondition:2 "
    "HeaderBillingBlockReason:2 DeliveryBlockReason:2 CustomerPaymentTerms:4 PaymentMethod:1 "
    "ServicesRenderedDate:date OverallSDProcessStatus:1 TotalCreditCheckStatus:1 "
    "OverallTotalDeliveryStatus:1 OverallDeliveryStatus:1 OverallOrdReltdBillgStatus:1 "
    "OverallSDDocumentRejectionSts:1 TotalBlockStatus:1 ReferenceSDDocument:10a!",
    Navigation("to_Item", "A_SalesOrderItem", "SalesOrder"),
    Navigation("to_Partner", "A_SalesOrderHeaderPartner", "SalesOrder"),
    Navigation("to_PricingElement", "A_SalesOrderHeaderPrElement", "SalesOrder"),
    Navigation("to_Text", "A_SalesOrderText", "SalesOrder"),
    etag="LastChangeDateTime",
)
_ITEM: Final = _entity(
    "A_SalesOrderItem",
    "SalesOrder SalesOrderItem",
    "SalesOrder:10a! SalesOrderItem:6a SalesOrderItemCategory:4 SalesOrderItemText:40 "
    "Material:40a! PricingReferenceMaterial:40 RequestedQuantity:quantity "
    "RequestedQuantityUnit:3 TransactionCurrency:5 NetAmount:amount ProductionPlant:4 "
    "SalesDocumentRjcnReason:2 SDProcessStatus:1 DeliveryStatus:1 OrderRelatedBillingStatus:1 "
    "ReferenceSDDocument:10a ReferenceSDDocumentItem:6a",
    Navigation("to_PricingElement", "A_SalesOrderItemPrElement", "_item"),
)
_PARTY: Final = _entity(
    "A_SalesOrderHeaderPartner",
    "SalesOrder PartnerFunction",
    "SalesOrder:10a! PartnerFunction:2 Customer:10a! Supplier:10a Personnel:8 ContactPerson:10",
)
_TEXT: Final = _entity(
    "A_SalesOrderText",
    "SalesOrder Language LongTextID",
    "SalesOrder:10a! Language:2 LongTextID:4 LongText:5000",
)
_PRICE: Final = _entity(
    "A_SalesOrderHeaderPrElement",
    "SalesOrder PricingProcedureStep PricingProcedureCounter",
    f"SalesOrder:10a! {_PRICING}",
)
_ITEM_PRICE: Final = _entity(
    "A_SalesOrderItemPrElement",
    "SalesOrder SalesOrderItem PricingProcedureStep PricingProcedureCounter",
    f"SalesOrder:10a! SalesOrderItem:6a {_PRICING}",
)


def _service(name: str, *entities: Entity) -> Service:
    return Service(name, {entity.set: entity for entity in entities})


SERVICES: Final = {
    service.name: service
    for service in (
        _service("API_BUSINESS_PARTNER", _PARTNER, _ADDRESS, _EMAIL, _PHONE),
        _service("API_SALES_ORDER_SRV", _ORDER, _ITEM, _PARTY, _PRICE, _ITEM_PRICE, _TEXT),
    )
}

_WRITTEN: Final = frozenset({"A_SalesOrder", "A_SalesOrderItem", "A_SalesOrderText"})
_READ_ONLY: Final = ' sap:creatable="false" sap:updatable="false" sap:deletable="false"'


def write_metadata(service: Service) -> str:
    """The service's EDMX document."""
    types = "".join(_type_xml(service, entity) for entity in service.entities.values())
    ways = [
        (entity, way) for entity in service.entities.values() for way in entity.navigations.values()
    ]
    links = "".join(_association_xml(service, entity, way) for entity, way in ways)
    ends = "".join(_association_set_xml(service, entity, way) for entity, way in ways)
    sets = "".join(
        f'<EntitySet Name="{entity.set}" EntityType="{service.name}.{entity.type}"'
        f"{'' if entity.set in _WRITTEN else _READ_ONLY}/>"
        for entity in service.entities.values()
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"'
        ' xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
        ' xmlns:sap="http://www.sap.com/Protocols/SAPData">'
        '<edmx:DataServices m:DataServiceVersion="2.0">'
        f'<Schema Namespace="{service.name}" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">'
        f'{types}{links}<EntityContainer Name="{service.name}_Entities"'
        f' m:IsDefaultEntityContainer="true">{sets}{ends}</EntityContainer>'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )


def _type_xml(service: Service, entity: Entity) -> str:
    refs = "".join(f'<PropertyRef Name="{key}"/>' for key in entity.keys)
    properties = "".join(_property_xml(entity, prop) for prop in entity.properties.values())
    ways = "".join(
        f'<NavigationProperty Name="{way.name}" Relationship="{service.name}.{_link(entity, way)}"'
        f' FromRole="from" ToRole="to"/>'
        for way in entity.navigations.values()
    )
    return f'<EntityType Name="{entity.type}"><Key>{refs}</Key>{properties}{ways}</EntityType>'


def _property_xml(entity: Entity, prop: Property) -> str:
    facets = "".join(f" {name}={quoteattr(value)}" for name, value in prop.facets)
    key = ' Nullable="false"' if prop.name in entity.keys else ""
    return f'<Property Name="{prop.name}" Type="{prop.type}"{key}{facets}/>'


def _association_xml(service: Service, entity: Entity, way: Navigation) -> str:
    return (
        f'<Association Name="{_link(entity, way)}">'
        f'<End Type="{service.name}.{entity.type}" Multiplicity="1" Role="from"/>'
        f'<End Type="{service.name}.{way.target}Type" Multiplicity="*" Role="to"/></Association>'
    )


def _association_set_xml(service: Service, entity: Entity, way: Navigation) -> str:
    link = _link(entity, way)
    return (
        f'<AssociationSet Name="{link}Set" Association="{service.name}.{link}">'
        f'<End EntitySet="{entity.set}" Role="from"/><End EntitySet="{way.target}" Role="to"/>'
        "</AssociationSet>"
    )


def _link(entity: Entity, way: Navigation) -> str:
    return f"assoc_{entity.set[2:]}_{way.name}"
