"""The script that shares an agreement out among processes, in one round trip and one key.

The hash holds one row a process: what it may use at most (`share`, for calls a second and calls at
once), what its callers and its background work want, and when all its calls are surely over
(`ends`). The sum of all shares, and of what is kept for processes without a row, never exceeds the
agreement: a share grows only into what others have given back, and shrinks when its process says
that it uses no more. Callers are served first, each process alike; what is left goes to background
work, and the rest to all alike.

A hash that is younger than any share may be old says nothing of shares that are still in use:
until then nobody gets more than he has.
"""

from msgspec import Struct


class Ask(Struct):
    """What a process tells and wants; pairs are calls a second and calls at once."""

    agreed: tuple[int, int]
    held: tuple[int, int]
    callers: tuple[int, int]
    background: tuple[int, int]
    processes: int
    life_ms: int


SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local me, ask = ARGV[1], cjson.decode(ARGV[2])
local names, rows, born = {}, {}, nil
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if all[i] == 'born' then
    born = tonumber(all[i + 1])
  elseif all[i] ~= me then
    local row = cjson.decode(all[i + 1])
    if row.ends > now then
      names[#names + 1], rows[all[i]] = all[i], row
    else
      redis.call('HDEL', KEYS[1], all[i])
    end
  end
end
if not born then
  born = now
  redis.call('HSET', KEYS[1], 'born', now)
end
names[#names + 1], rows[me] = me, ask
table.sort(names)

local function fill(shares, kind, wish, left)
  local again = true
  while left > 0 and again do
    again = false
    for _, name in ipairs(names) do
      if left > 0 and shares[name].got < shares[name].sum + rows[name][wish][kind] then
        shares[name].got, left, again = shares[name].got + 1, left - 1, true
      end
    end
  end
  for _, name in ipairs(names) do shares[name].sum = shares[name].got end
  return left
end

local given, kept = {}, {}
for kind = 1, 2 do
  local agreed = ask.agreed[kind]
  local away = math.max(0, ask.processes - #names)
  local total = math.max(0, agreed - away * math.floor(agreed / ask.processes))
  local shares, used = {}, 0
  for _, name in ipairs(names) do
    shares[name] = {got = 0, sum = 0}
    if name ~= me then used = used + rows[name].share[kind] end
  end
  local left = fill(shares, kind, 'background', fill(shares, kind, 'callers', total))
  local mine = shares[me].got + math.floor(left / #names)
  mine = math.min(mine, math.max(0, total - used))
  if now - born < ask.life_ms then mine = math.min(mine, ask.held[kind]) end
  given[kind], kept[kind] = mine, math.max(mine, ask.held[kind])
end
ask.share, ask.ends = kept, now + ask.life_ms
redis.call('HSET', KEYS[1], me, cjson.encode(ask))
redis.call('PEXPIRE', KEYS[1], math.max(60000, ask.life_ms * 4))
return given
"""
