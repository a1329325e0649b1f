"""What operators register: connectors, operations, logons."""
