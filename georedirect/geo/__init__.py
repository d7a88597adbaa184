"""Where an address is: the only room that knows geoip2, maxminddb and the files they read."""
