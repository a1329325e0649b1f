"""Tmall's 會員通 calls us: who is a member, who becomes one, inside the time that it waits."""
