-- Adds one failure in a row; the last one allowed begins a block and the row anew.
-- KEYS[1]: `in_a_row` and `blocked_until` of one key.
-- ARGV: how many are allowed, the end of a block that would begin now, how long to keep a row, and a block.
-- Gives the end of the block, when one began.
local in_a_row = redis.call('HINCRBY', KEYS[1], 'in_a_row', 1)
if in_a_row < tonumber(ARGV[1]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return nil
end
redis.call('HDEL', KEYS[1], 'in_a_row')
redis.call('HSET', KEYS[1], 'blocked_until', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return tonumber(ARGV[2])
