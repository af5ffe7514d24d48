"""Who gets what within a budget, under quotas and capacities."""

from graduation.allocate.allocation import Allocation
from graduation.allocate.budget import allocate
from graduation.allocate.limits import Capacity, Quota, Share
from graduation.allocate.naming import by_code
from graduation.allocate.weighing import Frontier, frontier

__all__ = ["Allocation", "Capacity", "Frontier", "Quota", "Share", "allocate", "by_code", "frontier"]
