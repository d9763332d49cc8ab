-- Takes one piece of a coupon for a shopper: in one step, each shopper once, never more than there are.
-- KEYS: how many are out, and who took one since that was counted; both in one slot of a cluster.
-- ARGV: the shopper, how many there are, how long to keep the takers in milliseconds.
local used = redis.call('GET', KEYS[1])
if not used then
  return 'unknown'
end
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 1 then
  return 'taken before'
end
if tonumber(used) >= tonumber(ARGV[2]) then
  return 'sold out'
end
redis.call('INCR', KEYS[1])
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 'taken'
