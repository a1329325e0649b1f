"""A flash sale under blows: whatever is killed, nothing is oversold, lost or doubled."""
