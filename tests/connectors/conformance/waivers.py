"""Defects of vendors that a check finds and nobody here can mend.

(system, port, check) → why. A waiver that is no longer needed fails the suite.
"""

WAIVERS: dict[tuple[str, str, str], str] = {}
