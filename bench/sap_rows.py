"""Pages of sales orders as SAP's OData V2 writes them: arithmetic on the order's number."""

from typing import Any, Final

import orjson

LINES: Final = 8
_HOST: Final = "http://s4h.internal:8000/sap/opu/odata/sap/API_SALES_ORDER_SRV"
_FIRST_DAY: Final = 1_735_689_600_000
_DAY: Final = 86_400_000


def _words(text: str) -> list[str]:
    return text.split()


# What a whole entity has beside what is mapped: names of SAP's published metadata.
_HEADER: Final = _words(
    "SalesOrganization OrganizationDivision SalesGroup SalesOffice SalesDistrict CreatedByUser "
    "SenderBusinessSystemName ExternalDocumentID PurchaseOrderByCustomer SDDocumentReason "
    "PurchaseOrderByShipToParty CustomerPurchaseOrderType ShippingCondition ShippingType "
    "HeaderBillingBlockReason DeliveryBlockReason DeliveryDateTypeRule IncotermsClassification "
    "IncotermsTransferLocation IncotermsLocation1 IncotermsLocation2 IncotermsVersion "
    "CustomerPriceGroup PriceListType CustomerPaymentTerms PaymentMethod AssignmentReference "
    "ReferenceSDDocument ReferenceSDDocumentCategory AccountingDocExternalReference "
    "CustomerAccountAssignmentGroup CustomerGroup AdditionalCustomerGroup1 TaxDepartureCountry "
    "VATRegistrationCountry SalesOrderApprovalReason SalesDocApprovalStatus"
)
_ITEM: Final = _words(
    "SalesOrder HigherLevelItem SalesOrderItemCategory PurchaseOrderByCustomer MaterialByCustomer "
    "PricingReferenceMaterial RequestedQuantitySAPUnit RequestedQuantityISOUnit ItemWeightUnit "
    "ItemVolumeUnit TransactionCurrency MaterialGroup MaterialPricingGroup Batch ProductionPlant "
    "StorageLocation DeliveryGroup ShippingPoint ShippingType DeliveryPriority "
    "IncotermsClassification IncotermsTransferLocation ProductTaxClassification1 "
    "MatlAccountAssignmentGroup CustomerPaymentTerms CustomerGroup SalesDocumentRjcnReason "
    "ItemBillingBlockReason WBSElement ProfitCenter ReferenceSDDocument ReferenceSDDocumentItem "
    "SDProcessStatus DeliveryStatus OrderRelatedBillingStatus"
)


def page_of(first: int, count: int, *, whole: bool) -> bytes:
    """The body of a page of `count` orders from a place on."""
    rows = [_order(first + place, whole=whole) for place in range(count)]
    return orjson.dumps({"d": {"results": rows}})


def _order(place: int, *, whole: bool) -> dict[str, Any]:
    number = str(4_000_000 + place)
    items = [_item(number, place, line, whole=whole) for line in range(LINES)]
    cents = sum(_cents(place, line) for line in range(LINES))
    tax = {"ConditionType": "MWST", "ConditionAmount": _amount((cents * 13 + 50) // 100)}
    made = {
        **_metadata(f"A_SalesOrder('{number}')", "A_SalesOrderType"),
        "SalesOrder": number,
        "SalesOrderType": "ZOS",
        "DistributionChannel": ("20", "30", "40")[place % 3],
        "SoldToParty": str(1_000_000 + place),
        "SalesOrderDate": f"/Date({_FIRST_DAY + place % 600 * _DAY})/",
        "LastChangeDateTime": f"/Date({_FIRST_DAY + place * 7_919_000}+0000)/",
        "TotalNetAmount": _amount(cents),
        "TransactionCurrency": "CNY",
        "OverallSDProcessStatus": "ABC"[place % 3],
        "TotalCreditCheckStatus": "",
        "OverallTotalDeliveryStatus": "ABC"[place % 3],
        "OverallSDDocumentRejectionSts": "A",
        "TotalBlockStatus": "",
        "to_Item": {"results": items},
        "to_PricingElement": {"results": [{**_metadata(number, "A_PrElementType"), **tax}]},
    }
    return {**made, **dict.fromkeys(_HEADER, "0001")} if whole else made


def _item(number: str, place: int, line: int, *, whole: bool) -> dict[str, Any]:
    key = f"A_SalesOrderItem(SalesOrder='{number}',SalesOrderItem='{10 * line + 10}')"
    made = {
        **_metadata(key, "A_SalesOrderItemType"),
        "SalesOrderItem": str(10 * line + 10),
        "Material": f"{200_000 + (place * LINES + line) % 70_000:018d}",
        "SalesOrderItemText": f"百味集椒盐坚果 {line}",
        "RequestedQuantity": str(1 + place % 4),
        "RequestedQuantityUnit": "PC",
        "NetAmount": _amount(_cents(place, line)),
    }
    return {**made, **dict.fromkeys(_ITEM, "0001")} if whole else made


def _cents(place: int, line: int) -> int:
    return 990 + (place * 37 + line * 113) % 9_000


def _amount(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _metadata(key: str, kind: str) -> dict[str, Any]:
    uri = f"{_HOST}/{key}"
    return {"__metadata": {"id": uri, "uri": uri, "type": f"API_SALES_ORDER_SRV.{kind}"}}
