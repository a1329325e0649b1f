"""SAP CAR: the POS data transfer dumped as JSON."""
