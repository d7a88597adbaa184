-- Sends prepared requests one after the other, from an offset on: wrk ... -- FILE OFFSET. Prints a line for load.py.
local requests = {}
local position = 0

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  local text = file:read("*a")
  file:close()
  local first = 1
  while true do
    local _, last = text:find("\r\n\r\n", first, true)
    if not last then break end
    requests[#requests + 1] = text:sub(first, last)
    first = last + 1
  end
  position = tonumber(arguments[2]) % #requests
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary)
  local errors = summary.errors
  io.write(string.format("requests=%d microseconds=%d refused=%d broken=%d\n", summary.requests, summary.duration,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
