-- Looks who holds a lock, and for how many milliseconds more; changes nothing.
-- KEYS[1]: the lock.
return { redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1]) }
