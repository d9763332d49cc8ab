-- Keeps a copy of a session, unless it has ended: an empty copy says so.
-- KEYS[1]: the copy. ARGV: what the session holds, how long to keep it in milliseconds.
if redis.call('GET', KEYS[1]) ~= '' then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return 1
