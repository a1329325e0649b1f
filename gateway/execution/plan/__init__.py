"""Compiled plans: an operation as generated Python over records, checked by graphql-core."""

from gateway.execution.plan.plan import NO_OPERATION, Plan, Planner, Ran

__all__ = ["NO_OPERATION", "Plan", "Planner", "Ran"]
