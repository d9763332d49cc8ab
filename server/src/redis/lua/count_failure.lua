-- Adds one failure in a row; the last one allowed begins a block and the row anew. Under a block nothing is counted.
-- KEYS[1]: `in_a_row` and `last_at`, `blocked_at` and `blocked_until` of one key.
-- ARGV: now, how many are allowed, the end of a block that would begin now, how long a row lasts without another
-- failure, how long to keep the key; times in milliseconds.
-- Gives what was done, and the end of the block.
local now = tonumber(ARGV[1])
local row = redis.call('HMGET', KEYS[1], 'in_a_row', 'last_at', 'blocked_until')
local in_a_row, last_at, ends = tonumber(row[1]) or 0, tonumber(row[2]), tonumber(row[3])
if ends and ends > now then
  return {'blocked', ends}
end
if last_at and last_at + tonumber(ARGV[4]) <= now then
  in_a_row = 0
end
if in_a_row + 1 < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], 'in_a_row', in_a_row + 1, 'last_at', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
  return {'counted', 0}
end
redis.call('HDEL', KEYS[1], 'in_a_row', 'last_at')
redis.call('HSET', KEYS[1], 'blocked_at', ARGV[1], 'blocked_until', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return {'block began', tonumber(ARGV[3])}
