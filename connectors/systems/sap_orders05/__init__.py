"""SAP orders: IDoc ORDERS05 as files."""
