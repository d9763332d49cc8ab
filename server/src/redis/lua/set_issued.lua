-- Sets how many pieces are out, unless that is known; who took one is counted anew with it.
-- KEYS: how many are out, and who took one. ARGV: how many, how long that holds in milliseconds.
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  redis.call('DEL', KEYS[2])
end
return 1
