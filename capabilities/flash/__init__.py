"""Flash sales 秒杀: a stock that many want at once, sold to the last piece and never beyond."""
