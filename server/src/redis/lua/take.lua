-- Counts one request of a key within a sliding window.
-- KEYS[1]: the moments that were counted, oldest first.
-- ARGV: now, the window, how many fit, how long to keep the key; times in milliseconds.
-- Gives whether it was counted, how many more fit now, and when one more does.
local now, window, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local function oldest()
  return tonumber(redis.call('LINDEX', KEYS[1], 0) or nil)
end

local first = oldest()
while first and first + window <= now do
  redis.call('LPOP', KEYS[1])
  first = oldest()
end
local counted = redis.call('LLEN', KEYS[1])
local fits = counted < most
if fits then
  redis.call('RPUSH', KEYS[1], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  counted = counted + 1
  first = first or now
end
-- An instance whose clock is behind never hears of more than a whole window.
return {fits and 1 or 0, most - counted, math.min(first + window - now, window)}
