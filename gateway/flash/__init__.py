"""Flash sales at the front door: wishes of all connections of a process in few transactions."""
