-- Finds the end of a block. Where the clock was set back since it began, it begins anew: nobody is blocked for longer
-- than the block was to last.
-- KEYS[1]: `blocked_at` and `blocked_until` of one key.
-- ARGV: now, and by how much clocks may differ; times in milliseconds.
local now = tonumber(ARGV[1])
local block = redis.call('HMGET', KEYS[1], 'blocked_at', 'blocked_until')
local began, ends = tonumber(block[1]), tonumber(block[2])
if began and began > now + tonumber(ARGV[2]) then
  ends = now + ends - began
  redis.call('HSET', KEYS[1], 'blocked_at', now, 'blocked_until', ends)
end
if ends and ends > now then
  return ends
end
return nil
