"""Files as stores and SAP drop them into folders, with the traps of the real ones."""

from demo.drops.sales import Sold, sold_in

__all__ = ["Sold", "sold_in"]
