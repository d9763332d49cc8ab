-- Counts one request of a key within a sliding window.
-- KEYS[1]: the moments that were counted, oldest first.
-- ARGV: now, the window, how many fit, how long to keep the key, by how much clocks may differ; times in milliseconds.
-- Gives whether it was counted, how many more fit now, and when one more does.
local now, window, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local function moment(place)
  return tonumber(redis.call('LINDEX', KEYS[1], place) or nil)
end

-- Where the clock was set back, what was counted ahead of it counts as of now: nobody waits for longer than a window.
local place, newest = -1, moment(-1)
while newest and newest > now + tonumber(ARGV[5]) do
  redis.call('LSET', KEYS[1], place, ARGV[1])
  place = place - 1
  newest = moment(place)
end

local first = moment(0)
while first and first + window <= now do
  redis.call('LPOP', KEYS[1])
  first = moment(0)
end
local counted = redis.call('LLEN', KEYS[1])
local fits = counted < most
if fits then
  -- Not before the one before it, so that the first in the row is always the oldest.
  local counts_at = math.max(now, moment(-1) or now)
  redis.call('RPUSH', KEYS[1], counts_at)
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  counted = counted + 1
  first = first or counts_at
end
-- An instance whose clock is a little behind never hears of more than a whole window.
return {fits and 1 or 0, most - counted, math.min(first + window - now, window)}
