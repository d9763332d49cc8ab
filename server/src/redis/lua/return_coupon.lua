-- Puts a shopper's piece back, if it is counted as taken: nobody puts back what they did not take.
-- KEYS: how many are out, and who took one. ARGV: the shopper.
if redis.call('SREM', KEYS[2], ARGV[1]) == 1 and redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('DECR', KEYS[1])
end
return 1
