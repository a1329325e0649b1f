"""SAP store uploads: IDoc WPUBON01 as files."""
