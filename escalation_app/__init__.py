"""A help desk whose promises are kept: SLA clocks, escalation paths and live boards."""
