"""SAP S/4HANA: business partners and sales orders over OData V2."""
