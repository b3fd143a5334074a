"""From tables, records and figures to the report."""
