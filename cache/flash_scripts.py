"""The scripts of the gate: each is one step for all who come together, and nothing half done.

Fields of a gate: `epoch`, `tokens` as of `at`, how many `asked` since it was loaded; of the stock
its `version`, and until when (`until`) which pools are `out` while some may come `back`. `loaded`
says for which hint the holders are known, `held` how many there are at least.
"""

# One call a sale for all who come together: a round trip each would cost more than the database.
# Keys: the gate, this window, the one before, the holders. Words: rate, tries, how many wishes are
# done, those; then member, wish and pool of each who comes.
PASS = b"""
local gate = redis.call('HMGET', KEYS[1],
                        'epoch', 'tokens', 'at', 'asked', 'until', 'out', 'back', 'held')
if not gate[1] then return false end
local time = redis.call('TIME')
local now = math.max(time[1] * 1000 + math.floor(time[2] / 1000), tonumber(gate[3]))
local rate, most, done = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if done > 0 then
  redis.call('HDEL', KEYS[2], unpack(ARGV, 4, 3 + done))
  redis.call('HDEL', KEYS[3], unpack(ARGV, 4, 3 + done))
end
local tokens = tonumber(gate[2])
if rate > 0 then
  tokens = math.min(rate, tokens + (now - tonumber(gate[3])) * rate / 1000)
end
local hint = gate[5] and now < tonumber(gate[5])
  and redis.call('SCARD', KEYS[4]) >= tonumber(gate[8]) and gate[6]
local known = {}
local function out(pool)
  if known[pool] == nil then
    known[pool] = string.find(hint, '\\n/' .. pool .. '\\n', 1, true) ~= nil
      and string.find(hint, '\\n/\\n', 1, true) ~= nil
  end
  return known[pool]
end
local answers = {tonumber(gate[1]), tonumber(gate[4])}
for place = 4 + done, #ARGV, 3 do
  local member, wish = ARGV[place], ARGV[place + 1]
  local answer = 0
  if hint and out(ARGV[place + 2]) and redis.call('SISMEMBER', KEYS[4], member) == 0 then
    answer = gate[7] == '1' and 4 or 5
  elseif redis.call('HINCRBY', KEYS[2], member, 1) > most then
    answer = 2
  elseif rate > 0 and tokens < 1 then
    answer = 1
  elseif redis.call('HEXISTS', KEYS[3], wish) == 1
      or redis.call('HSETNX', KEYS[2], wish, 1) == 0 then
    answer = 3
  else
    tokens = tokens - (rate > 0 and 1 or 0)
  end
  answers[#answers + 1] = answer
end
redis.call('PEXPIRE', KEYS[2], 5000)
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', now,
           'asked', gate[4] + (#ARGV - 3 - done) / 3)
return answers
"""
# An older epoch never overwrites a newer one, and what was loaded already stays. What the stock was
# seen as is not forgotten: a late "sold out" is late under every epoch.
LOAD = b"""
local gate = redis.call('HMGET', KEYS[1], 'epoch', 'version')
if gate[1] and tonumber(gate[1]) >= tonumber(ARGV[1]) then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'tokens', ARGV[2], 'at', now, 'asked', 0)
if gate[2] then redis.call('HSET', KEYS[1], 'version', gate[2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""
# What the store says of the stock, at its version. 1 asks the teller for the holders, whom no hint
# may refuse: one teller a second is asked.
STOCK = b"""
local gate = redis.call('HMGET', KEYS[1], 'epoch', 'version', 'loaded', 'lease')
if not gate[1] then return 0 end
local newer = not gate[2] or tonumber(ARGV[1]) > tonumber(gate[2])
if not newer and tonumber(ARGV[1]) < tonumber(gate[2]) then return 0 end
if newer then
  redis.call('HSET', KEYS[1], 'version', ARGV[1])
  redis.call('HDEL', KEYS[1], 'until')
end
if ARGV[2] == '' then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if gate[3] ~= ARGV[1] .. ARGV[2] then
  if gate[4] and now < tonumber(gate[4]) then return 0 end
  redis.call('HSET', KEYS[1], 'lease', now + 1000)
  return 1
end
redis.call('HSET', KEYS[1], 'out', ARGV[2], 'back', ARGV[3], 'until', now + ARGV[4])
return 0
"""
# The holders are there for a hint, unless they were lost meanwhile.
HOLD = b"""
local many = redis.call('SCARD', KEYS[2])
if redis.call('EXISTS', KEYS[1]) == 0 or many < tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], 'loaded', ARGV[1] .. ARGV[2], 'held', many)
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1
"""
